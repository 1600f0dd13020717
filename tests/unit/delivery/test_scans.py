"""Licences and secrets: what is found, what is let pass, and that nothing passes by mistake."""

import importlib.util
import subprocess

import pytest
import yaml

from sentinel.settings import REPOSITORY_ROOT

SCRIPTS = REPOSITORY_ROOT / "scripts"
SCANNERS = REPOSITORY_ROOT / ".venv" / "scanners" / "bin" / "python"
# Put together here, or this file would have to be among the known ones.
KEY = "AKIA" + "ABCDEFGHIJKLMNOP"
LOOKED_AT = 'password = "ThisWas' + 'LookedAt77"\n'


@pytest.fixture(scope="module")
def licences():
    found = importlib.util.spec_from_file_location("licences", SCRIPTS / "licences.py")
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("licence", "is_allowed"),
    [
        ("MIT", True),
        ("MIT AND Apache-2.0", True),
        ("GPL-3.0 OR MIT", True),
        ("MIT AND GPL-3.0", False),
        ("MIT AND (GPL-3.0 OR AGPL-3.0)", False),
        ("GPL-3.0", False),
        ("unknown", False),
        ("", False),
    ],
)
def test_of_alternatives_one_has_to_be_allowed_and_of_a_sum_all(licences, licence, is_allowed):
    assert licences.is_allowed(licence, {"MIT", "Apache-2.0"}) is is_allowed


def test_every_package_of_this_environment_may_be_used(licences, capsys):
    assert licences.main() == 0, capsys.readouterr().err


def test_a_licence_that_nobody_looked_at_is_named(licences, capsys, monkeypatch, tmp_path):
    rules = yaml.safe_load(licences.ALLOWED.read_text(encoding="utf-8"))
    rules["allowed"]["permissive"].remove("ISC License (ISCL)")
    rules["packages"]["yamllint"]["says"] = "MIT"
    path = tmp_path / "licences.yml"
    path.write_text(yaml.safe_dump(rules), encoding="utf-8")
    monkeypatch.setattr(licences, "ALLOWED", path)
    assert licences.main() == 1
    said = capsys.readouterr().err
    assert "ISC License (ISCL)" in said
    assert "yamllint" in said


def test_every_exception_has_its_reason(licences):
    rules = yaml.safe_load(licences.ALLOWED.read_text(encoding="utf-8"))
    for name, each in rules["packages"].items():
        assert set(each) == {"says", "because"}, name
        assert len(each["because"]) > 20


def scan(folder, *arguments):
    return subprocess.run(
        [SCANNERS, SCRIPTS / "secret_scan.py", *arguments],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_a_secret_that_is_new_is_found_wherever_it_stands_and_a_known_one_may_move(tmp_path):
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    file = tmp_path / "settings.py"
    file.write_text(LOOKED_AT)
    assert scan(tmp_path, "--update").returncode == 0
    assert scan(tmp_path).returncode == 0
    file.write_text(f"\n\n\n{LOOKED_AT}")
    assert scan(tmp_path).returncode == 0
    file.write_text(file.read_text() + f'aws = "{KEY}"\n')
    done = scan(tmp_path)
    assert done.returncode == 1
    assert "settings.py: AWS Access Key" in done.stderr
    assert KEY not in done.stdout + done.stderr
