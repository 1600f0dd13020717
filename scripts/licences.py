#!/usr/bin/env python3
"""Compares the licence of every installed package with those allowed in scripts/licences.yml.

Ends with 1 for a licence that nobody has looked at, and for one that is no longer what it was.
"""

import re
import sys
from importlib.metadata import Distribution, distributions
from pathlib import Path

import yaml

ALLOWED = Path(__file__).with_name("licences.yml")
_CLASSIFIER = re.compile(r"License :: (?:OSI Approved :: )?(.+)")
_LONGEST_NAME = 60
_OURS = "sentinel-lakehouse"


def name_of(distribution: Distribution) -> str:
    """The package's name as others write it."""
    return re.sub(r"[-_.]+", "-", distribution.metadata["Name"]).lower()


def licence_of(distribution: Distribution) -> str:
    """What a package says of its licence: an SPDX expression, its classifiers, or a short text."""
    metadata = distribution.metadata
    if expression := metadata.get("License-Expression"):
        return str(expression)
    classifiers = [
        found[1]
        for each in metadata.get_all("Classifier") or []
        if (found := _CLASSIFIER.fullmatch(each)) and found[1] != "OSI Approved"
    ]
    if classifiers:
        return " AND ".join(sorted(classifiers))
    text = " ".join((metadata.get("License") or "").split())
    return text if 0 < len(text) <= _LONGEST_NAME else "unknown"


def is_allowed(licence: str, allowed: set[str]) -> bool:
    """Whether every part of it is allowed, or of alternatives one."""
    if licence in allowed:
        return True
    for word, judge in ((" AND ", all), (" OR ", any)):
        parts = licence.strip("()").split(word)
        if len(parts) > 1:
            return judge(is_allowed(part.strip(" ()"), allowed) for part in parts)
    return False


def main() -> int:
    """Looks at this environment."""
    rules = yaml.safe_load(ALLOWED.read_text(encoding="utf-8"))
    allowed = {name for names in rules["allowed"].values() for name in names}
    exceptions = rules["packages"]
    faults = []
    count = 0
    for each in sorted(distributions(), key=name_of):
        name, licence = name_of(each), licence_of(each)
        if name == _OURS:
            continue
        count += 1
        if name in exceptions:
            if exceptions[name]["says"] != licence:
                faults.append(f"{name} {each.version} says {licence!r} now")
        elif not is_allowed(licence, allowed):
            faults.append(f"{name} {each.version}: {licence}")
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults:
        print(f"Look at each, and say in {ALLOWED.name} why it is allowed.", file=sys.stderr)
        return 1
    print(f"{count} packages, every licence allowed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
