"""Every alarm has its place in a runbook, and a runbook has no alarm that there is not."""

import re

import pytest
import yaml

from sentinel.settings import REPOSITORY_ROOT
from tests.support.terraform import SOURCE

OBSERVABILITY = SOURCE / "modules" / "observability"
ALARMS = yaml.safe_load((OBSERVABILITY / "alarms.yml").read_text(encoding="utf-8"))
RUNBOOKS = REPOSITORY_ROOT / "docs" / "runbooks"
FIELDS = {"name", "says", "namespace", "metric", "dimensions", "statistic", "period_seconds",
          "periods", "missing", "severity", "runbook"}  # fmt: skip


def sections(page):
    """Headings of a page and what stands below each."""
    parts = re.split(r"^## (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("alarm", ALARMS, ids=lambda alarm: alarm["name"])
def test_an_alarm_has_a_section_of_a_runbook(alarm):
    page, _, heading = alarm["runbook"].partition("#")
    assert heading == alarm["name"]
    text = sections(RUNBOOKS / page)[heading]
    assert len(text.split()) >= 20, "a runbook says what to do"


@pytest.mark.parametrize("alarm", ALARMS, ids=lambda alarm: alarm["name"])
def test_an_alarm_is_whole(alarm):
    assert set(alarm) - {"each", "above", "below"} == FIELDS
    assert ("above" in alarm) != ("below" in alarm)
    assert ("$each" in alarm["dimensions"].values()) == ("each" in alarm)
    assert alarm["severity"] in ("page", "ticket")
    assert alarm["missing"] in ("notBreaching", "breaching", "ignore", "missing")
    assert re.fullmatch(r"Sum|Average|Maximum|Minimum|p\d{1,2}", alarm["statistic"])


def test_names_are_unique():
    names = [each["name"] for each in ALARMS]
    assert len(names) == len(set(names))


def test_a_runbook_of_alarms_has_no_section_without_an_alarm():
    for page in {each["runbook"].partition("#")[0] for each in ALARMS}:
        named = {each["name"] for each in ALARMS if each["runbook"].startswith(f"{page}#")}
        assert set(sections(RUNBOOKS / page)) == named


def test_every_name_that_an_alarm_uses_is_given_by_the_platform():
    text = (SOURCE / "modules" / "platform" / "main.tf").read_text(encoding="utf-8")
    given = text.partition('module "observability"')[2]
    used = {
        value[1:]
        for each in ALARMS
        for value in [*each["dimensions"].values(), str(each.get("above", ""))]
        if value.startswith("$") and value != "$each"
    }
    used |= {each["each"] for each in ALARMS if "each" in each}
    assert len(used) > 10
    assert not {name for name in used if not re.search(rf"^    {name} +=", given, re.MULTILINE)}
