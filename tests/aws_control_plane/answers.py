"""What the services here have in common: bodies, refusals, and who the account is."""

from typing import Any

ACCOUNT = "123456789012"
"""The one that moto has."""

Body = dict[str, Any]


class Refusal(Exception):
    """An error as a service answers it: its code, words and HTTP status."""

    def __init__(self, code: str, text: str, status: int = 400) -> None:
        super().__init__(text)
        self.code, self.status = code, status


def found(known: dict[str, Body], name: str, kind: str) -> Body:
    """What is known by a name; raises Refusal as services do."""
    if name not in known:
        raise Refusal("ResourceNotFoundException", f"{kind} {name} is not there")
    return known[name]
