"""Every module's own tests, by a provider that answers itself: what is made, what is refused."""

import json
import re

import pytest

from tests.support.hcl_arguments import SCHEMA_FILE, as_text, resources, trimmed
from tests.support.terraform import ENVIRONMENTS, MODULES, SOURCE, Terraform

WITH_TESTS = [f"modules/{name}" for name in MODULES] + [
    f"environments/{name}" for name in ENVIRONMENTS
]


@pytest.fixture(scope="module")
def terraform(tmp_path_factory):
    return Terraform.copied(tmp_path_factory.mktemp("modules"))


def test_everything_is_formatted(terraform):
    done = terraform.run("fmt", "-check", "-recursive", place=".", check=False)
    assert done.returncode == 0, f"terraform fmt would change:\n{done.stdout}"


@pytest.mark.parametrize("place", WITH_TESTS)
def test_a_module_passes_its_own_tests(terraform, place):
    terraform.init(place)
    done = terraform.run("test", place=place)
    passed = re.search(r"Success! (\d+) passed, 0 failed\.", done.stdout)
    assert passed, done.stdout
    assert int(passed[1]) >= 2


@pytest.mark.parametrize("place", [*(f"environments/{name}" for name in ENVIRONMENTS), "bootstrap"])
def test_a_root_is_valid_and_its_providers_are_locked(terraform, place):
    terraform.init(place)
    terraform.run("validate", place=place)
    assert (terraform.home / place / ".terraform.lock.hcl").read_text() == (
        SOURCE / place / ".terraform.lock.hcl"
    ).read_text()


@pytest.mark.parametrize("place", WITH_TESTS)
def test_a_module_has_what_it_does_and_what_it_refuses_tested(place):
    """Positive and negative: a test file without an expected failure has not looked at refusals."""
    files = list((SOURCE / place).glob("*.tftest.hcl"))
    assert files
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    assert "assert {" in text
    assert "expect_failures" in text


def test_the_committed_schema_is_the_providers(terraform):
    """Where the provider is out of reach, arguments are held to this."""
    terraform.init("modules/role")
    known = json.loads(terraform.run("providers", "schema", "-json", place="modules/role").stdout)
    kinds = {kind for _, kind, _, _ in resources(SOURCE)}
    assert SCHEMA_FILE.read_text(encoding="utf-8") == as_text(trimmed(known, kinds))
