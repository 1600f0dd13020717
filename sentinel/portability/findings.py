"""What a check of SQL says.

Belongs here: the form of a finding. Does not belong here: rules.
"""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Finding:
    """One construct that an engine refuses, or computes otherwise than the others.

    Attributes:
        engine: the engine it is about.
        code: identifier of the rule.
        construct: what stands in the SQL, by its name.
        advice: what the engine has instead.
    """

    engine: str
    code: str
    construct: str
    advice: str

    def __str__(self) -> str:
        return f"{self.engine} {self.code} {self.construct}: {self.advice}"
