"""The command line as a whole: what it is called, and what it says of itself."""

from importlib.metadata import version

from typer.testing import CliRunner

from sentinel.cli import application


def test_the_version_is_said_without_a_command():
    done = CliRunner().invoke(application("--version"), ["--version"])
    assert (done.exit_code, done.stdout) == (0, f"sentinel {version('sentinel-lakehouse')}\n")


def test_help_says_that_the_version_can_be_asked_for():
    assert "--version" in CliRunner().invoke(application("--version"), ["--help"]).stdout
