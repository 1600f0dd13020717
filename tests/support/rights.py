"""What policies allow, told from their texts.

Belongs here: IAM's rule for one call, an explicit refusal first. Does not belong here: conditions;
those of a permission are taken as met, those of a refusal as not met, so a test that leans on one
has to look at it itself.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

Document = Mapping[str, Any]


def allows(documents: Iterable[Document], action: str, resource: str) -> bool:
    """Whether policies together allow an action on a resource."""
    statements = [each for one in documents for each in one["Statement"]]
    concerned = [each for each in statements if _concerns(each, action, resource)]
    if any(each["Effect"] == "Deny" and "Condition" not in each for each in concerned):
        return False
    return any(each["Effect"] == "Allow" for each in concerned)


def _concerns(statement: Mapping[str, Any], action: str, resource: str) -> bool:
    if "NotAction" in statement:
        is_about = not _matches(statement["NotAction"], action, re.IGNORECASE)
    else:
        is_about = _matches(statement["Action"], action, re.IGNORECASE)
    return is_about and _matches(statement["Resource"], resource)


def _matches(patterns: str | list[str], value: str, flags: int = 0) -> bool:
    listed = [patterns] if isinstance(patterns, str) else patterns
    return any(
        re.fullmatch(re.escape(each).replace(r"\*", ".*").replace(r"\?", "."), value, flags)
        for each in listed
    )
