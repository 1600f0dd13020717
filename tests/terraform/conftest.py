"""A server for those who plan or apply, and one applied environment for those who look at it."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.control_plane import ControlPlane, control_plane
from tests.support.terraform import Terraform


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with control_plane(tmp_path_factory.mktemp("server")) as running:
        yield running


@dataclass(frozen=True)
class Applied:
    """An environment that was applied.

    Attributes:
        place: its folder in Terraform's copy.
        outputs: what the platform says.
        state: its state, and that of the account's bootstrap, as JSON texts.
    """

    server: ControlPlane
    terraform: Terraform
    place: str
    outputs: dict[str, Any]
    state: tuple[str, ...]

    def attributes(self, kind: str) -> list[dict[str, Any]]:
        """Attributes of every resource of a type."""
        return [
            instance["attributes"]
            for one in self.state
            for each in json.loads(one)["resources"]
            if each["type"] == kind
            for instance in each["instances"]
        ]


@pytest.fixture(scope="module")
def applied(server, tmp_path_factory):
    """The environment dev, in an account that was set up for it."""
    terraform = server.terraform(tmp_path_factory.mktemp("applied"))
    terraform.variables["TF_VAR_environment"] = "dev"
    place = "environments/dev"

    def apply(folder: str) -> None:
        terraform.init(folder, backend=True)
        terraform.run("apply", "-input=false", "-auto-approve", "-parallelism=20", place=folder)

    # The server minds no boundary that is made later; nearly all of it is the provider's waiting.
    with ThreadPoolExecutor() as pool:
        list(pool.map(apply, ("bootstrap", place)))
    outputs = json.loads(terraform.run("output", "-json", "platform", place=place).stdout)
    state = tuple(
        (terraform.home / each / "terraform.tfstate").read_text() for each in (place, "bootstrap")
    )
    return Applied(server, terraform, place, outputs, state)
