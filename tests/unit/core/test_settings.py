"""Settings: every environment is declared, and contradictions are refused."""

import os
from pathlib import Path

import pytest

from sentinel.errors import SettingsError
from sentinel.settings import (
    DEVELOPMENT_TOKEN_KEY,
    ENVIRONMENTS,
    EnvironmentName,
    Settings,
)


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch):
    for name in list(os.environ):
        if name.startswith("SENTINEL_"):
            monkeypatch.delenv(name)


def test_the_environment_map_is_exhaustive():
    assert set(ENVIRONMENTS) == set(EnvironmentName)


def test_only_environments_on_this_machine_may_use_the_built_in_key():
    allowed = {name for name, one in ENVIRONMENTS.items() if one.allows_development_key}
    assert allowed == {EnvironmentName.LOCAL, EnvironmentName.AWS_LOCAL}


def test_nothing_runs_unattended_outside_staging_and_production():
    automated = {name for name, one in ENVIRONMENTS.items() if one.is_automated}
    assert automated == {EnvironmentName.STAGING, EnvironmentName.PROD}


def test_the_default_is_local_and_in_one_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("SENTINEL_HOME", str(tmp_path / "state"))
    settings = Settings.load()
    assert settings.environment is EnvironmentName.LOCAL
    assert settings.lake_location == str(tmp_path / "state" / "lake")
    assert settings.warehouse_file.is_relative_to(settings.state_folder)
    assert settings.published_file.is_relative_to(settings.state_folder)
    assert settings.personal_data_key == DEVELOPMENT_TOKEN_KEY.encode()


def test_a_relative_home_is_made_absolute(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SENTINEL_HOME", "state")
    assert Settings.load().state_folder == Path(tmp_path / "state").resolve()


def test_an_unknown_environment_does_not_exist(monkeypatch):
    monkeypatch.setenv("SENTINEL_ENVIRONMENT", "production")
    with pytest.raises(SettingsError, match=r"'production'.*local.*prod"):
        Settings.load()


@pytest.mark.parametrize("name", ["aws_local", "dev", "staging", "prod"])
@pytest.mark.parametrize("url", [None, "/a/folder", "gs://bucket"])
def test_a_lake_on_s3_must_be_named(monkeypatch, name, url):
    monkeypatch.setenv("SENTINEL_ENVIRONMENT", name)
    if url:
        monkeypatch.setenv("SENTINEL_LAKE_URL", url)
    with pytest.raises(SettingsError, match="SENTINEL_LAKE_URL"):
        Settings.load()


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_shared_environments_need_a_key_of_their_own(monkeypatch, name):
    monkeypatch.setenv("SENTINEL_ENVIRONMENT", name)
    monkeypatch.setenv("SENTINEL_LAKE_URL", "s3://bucket/lake/")
    settings = Settings.load()
    assert settings.lake_location == "s3://bucket/lake"
    with pytest.raises(SettingsError, match="SENTINEL_TOKEN_KEY"):
        _ = settings.personal_data_key
    monkeypatch.setenv("SENTINEL_TOKEN_KEY", "a key")
    assert Settings.load().personal_data_key == b"a key"


def test_the_key_is_not_shown(monkeypatch):
    monkeypatch.setenv("SENTINEL_TOKEN_KEY", "a very secret key")
    assert "a very secret key" not in repr(Settings.load())


@pytest.mark.parametrize(
    ("channel", "missing"),
    [("webhook", "SENTINEL_ALERT_WEBHOOK_URL"), ("sns", "SENTINEL_ALERT_TOPIC_ARN")],
)
def test_an_alert_channel_needs_its_address(monkeypatch, channel, missing):
    monkeypatch.setenv("SENTINEL_ALERT_CHANNEL", channel)
    with pytest.raises(SettingsError, match=missing):
        Settings.load()


@pytest.mark.parametrize(("said", "expected"), [(None, True), ("false", False)])
def test_automation_can_be_switched_off_apart_from_the_environment(monkeypatch, said, expected):
    monkeypatch.setenv("SENTINEL_ENVIRONMENT", "prod")
    monkeypatch.setenv("SENTINEL_LAKE_URL", "s3://bucket")
    if said:
        monkeypatch.setenv("SENTINEL_AUTOMATION", said)
    assert Settings.load().may_run_unattended is expected
