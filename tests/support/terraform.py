"""Terraform as a program: where it and its provider are, and running it on a copy of ours.

Belongs here: finding, copying, running. Does not belong here: what a test expects.

The provider comes from a folder (a mirror) where there is one: that of `SENTINEL_TERRAFORM_MIRROR`,
or else the first that holds it among the places where plugins are put.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from sentinel.settings import REPOSITORY_ROOT

MIRROR_VARIABLE = "SENTINEL_TERRAFORM_MIRROR"
SOURCE = REPOSITORY_ROOT / "terraform"
PROVIDER = Path("registry.terraform.io", "hashicorp", "aws")
ENVIRONMENTS = ("dev", "staging", "prod")
MODULES = tuple(sorted(path.name for path in (SOURCE / "modules").iterdir()))
_PLACES = ("~/.terraform.d/plugins", "/usr/local/share/terraform/plugins",
           "/usr/share/terraform/plugins")  # fmt: skip
_SEARCHED = ("/opt", "/usr/local", "/usr/share", "/usr/lib", "~/.local/share")
_DEEPEST = 3
_ASK_SECONDS = 60
_NO_PROVIDER = (
    "no mirror holds Terraform's AWS provider, and its registry is out of reach: set "
    f"{MIRROR_VARIABLE} to a folder that does"
)
# JSON's quotes are HCL's.
_MIRRORED = """\
provider_installation {{
  filesystem_mirror {{
    path    = {path}
    include = ["registry.terraform.io/hashicorp/aws"]
  }}
}}
"""


@cache
def mirror() -> Path | None:
    """Folder with the provider in it, laid out as Terraform has it."""
    if named := os.environ.get(MIRROR_VARIABLE):
        return Path(named)
    for candidate in _candidates():
        if any((candidate / PROVIDER).glob("5.*/*/terraform-provider-aws*")):
            return candidate
    return None


def _candidates() -> Iterator[Path]:
    yield from (Path(place).expanduser() for place in _PLACES)
    for root in (Path(place).expanduser() for place in _SEARCHED):
        for folder, below, _ in os.walk(root):
            depth = len(Path(folder).relative_to(root).parts)
            if depth >= _DEEPEST:
                below.clear()
            yield Path(folder)


@cache
def why_unreachable() -> str | None:
    """Why Terraform cannot be run here, or None where it can."""
    if shutil.which("terraform") is None:
        return "there is no program terraform on the path"
    if mirror() is not None:
        return None
    with tempfile.TemporaryDirectory() as name:
        copied = Terraform.copied(Path(name))
        try:
            done = copied.run(
                "init", "-backend=false", place="modules/role", check=False,
                timeout_seconds=_ASK_SECONDS,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            return _NO_PROVIDER
    return _NO_PROVIDER if done.returncode else None


@dataclass
class Terraform:
    """Terraform on a copy of the repository's configuration.

    Attributes:
        home: folder of the copy; what Terraform writes is below it.
        variables: environment variables of every run.
    """

    home: Path
    variables: dict[str, str] = field(default_factory=dict)

    @classmethod
    def copied(cls, home: Path, variables: Mapping[str, str] | None = None) -> "Terraform":
        """Copies what is in the repository into a folder."""
        left_out = shutil.ignore_patterns(".terraform")
        shutil.copytree(SOURCE, home / "terraform", ignore=left_out, dirs_exist_ok=True)
        settings = home / "terraform.rc"
        settings.write_text(_MIRRORED.format(path=json.dumps(str(mirror()))) if mirror() else "")
        return cls(
            home / "terraform",
            {
                **{key: value for key, value in os.environ.items() if not key.startswith("AWS_")},
                "TF_CLI_CONFIG_FILE": str(settings), "TF_IN_AUTOMATION": "1",
                "CHECKPOINT_DISABLE": "1", **(variables or {}),
            },
        )  # fmt: skip

    def run(
        self, *arguments: str, place: str, check: bool = True, timeout_seconds: int = 900
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command in a folder of the copy; fails with what Terraform said."""
        plain = [] if arguments[0] == "providers" else ["-no-color"]
        done = subprocess.run(
            ["terraform", arguments[0], *plain, *arguments[1:]], cwd=self.home / place,
            env=self.variables, capture_output=True, text=True, check=False,
            timeout=timeout_seconds,
        )  # fmt: skip
        if check:
            assert done.returncode == 0, f"{arguments} in {place}:\n{done.stdout}\n{done.stderr}"
        return done

    def init(self, place: str, *, backend: bool = False) -> None:
        """Prepares a folder; without its backend unless asked for."""
        self.run("init", "-input=false", *([] if backend else ["-backend=false"]), place=place)

    def plan(self, place: str, name: str) -> dict[str, Any]:
        """Plans, and gives the plan as Terraform tells it to programs."""
        self.run("plan", "-input=false", f"-out={name}", place=place)
        return dict(json.loads(self.run("show", "-json", name, place=place).stdout))


if __name__ == "__main__":
    if reason := why_unreachable():
        print(reason)
        sys.exit(1)
