"""What an environment on AWS costs in a month, by the settings that Terraform takes.

Belongs here: quantities from settings and assumptions, times committed prices. Does not belong
here: what was really spent, which AWS's own bills say.

Sizes come from `terraform/environments/<name>/settings.yml`, assumptions about use from `usage.yml`
beside it, prices from `terraform/prices.yml`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sentinel.errors import SettingsError
from sentinel.settings import REPOSITORY_ROOT

TERRAFORM = REPOSITORY_ROOT / "terraform"
COST_FILE = REPOSITORY_ROOT / "docs" / "cost.md"
HOURS, DAYS = 730, 30.4
"""Of a month, as AWS counts."""


@dataclass(frozen=True)
class CostLine:
    """One line of an estimate.

    Attributes:
        component: as the tag `component` has it.
        what: what is paid for.
        quantity: in a month, in the unit of the price.
        usd: US dollars for one unit.
    """

    component: str
    what: str
    quantity: float
    usd: float

    @property
    def monthly_usd(self) -> float:
        """US dollars in a month."""
        return self.quantity * self.usd


@dataclass(frozen=True)
class _Basis:
    """What an estimate is computed from."""

    settings: dict[str, Any]
    usage: dict[str, float]
    prices: dict[str, float]
    databases: dict[str, float]
    caches: dict[str, float]
    counts: dict[str, int]

    @property
    def streamed_gb(self) -> float:
        """Of records in a month."""
        return self.usage["events_per_day"] * self.usage["event_bytes"] * DAYS / 1e9


def environments() -> list[str]:
    """Environments that Terraform has, by their folders."""
    return sorted(path.parent.name for path in TERRAFORM.glob("environments/*/settings.yml"))


def prices() -> dict[str, Any]:
    """The committed price table."""
    return _read(TERRAFORM / "prices.yml")


def estimate(name: str) -> list[CostLine]:
    """The lines of an environment's estimate, dearest component first.

    Raises:
        SettingsError: for an environment that Terraform has not, or a size without a price.
    """
    if name not in environments():
        known = ", ".join(environments())
        raise SettingsError(f"Terraform has no environment {name!r}; there are {known}.")
    folder, table = TERRAFORM / "environments" / name, prices()
    basis = _Basis(
        _read(folder / "settings.yml"), _read(folder / "usage.yml"), table["prices"],
        table["databases"], table["caches"], table["counts"],
    )  # fmt: skip
    lines = [
        *_streaming(basis), *_storage(basis), *_warehouse(basis), *_spark(basis),
        *_orchestration(basis), *_serving(basis), *_network(basis), *_observability(basis),
        *_keys(basis),
    ]  # fmt: skip
    by_component = totals(lines)
    return sorted(lines, key=lambda line: -by_component[line.component])


def totals(lines: list[CostLine]) -> dict[str, float]:
    """US dollars in a month, by component."""
    found: dict[str, float] = {}
    for line in lines:
        found[line.component] = found.get(line.component, 0.0) + line.monthly_usd
    return found


def _streaming(basis: _Basis) -> Iterator[CostLine]:
    settings, usage, price = basis.settings["stream"], basis.usage, basis.prices
    gigabytes = basis.streamed_gb
    extra_hours = max(0, settings["retention_hours"] - 24)
    kept_gb = usage["events_per_day"] * usage["event_bytes"] / 1e9 * extra_hours / 24
    calls = usage["objects_per_day"] * DAYS / 1e6
    seconds = usage["events_per_day"] * DAYS / 1000 * usage["function_seconds_per_thousand_events"]
    for what, quantity, usd in (
        ("streams, on demand: hours", basis.counts["streams"] * HOURS, price["stream_hour"]),
        ("streams: GB in", gigabytes, price["stream_in_gb"]),
        ("streams: GB out", gigabytes, price["stream_out_gb"]),
        ("streams: GB kept beyond a day", kept_gb, price["stream_kept_gb_month"]),
        ("Firehose: GB", gigabytes, price["firehose_gb"]),
        ("Firehose: GB partitioned", gigabytes, price["firehose_partitioned_gb"]),
        ("Firehose: 1,000 objects", calls * 1000, price["firehose_thousand_objects"]),
        ("functions: GB-seconds", seconds * 3, price["function_gb_second"]),
        ("functions: million calls", calls * 3, price["function_million_calls"]),
        ("queues: million calls", calls * 4 + 2, price["queue_million_calls"]),
    ):
        yield CostLine("streaming", what, quantity, usd)


def _storage(basis: _Basis) -> Iterator[CostLine]:
    usage, price = basis.usage, basis.prices
    landing_gb = basis.streamed_gb * basis.settings["storage"]["landing_days"] / DAYS
    puts = usage["objects_per_day"] * DAYS * 3 / 1000
    for what, quantity, usd in (
        ("S3: GB", usage["lake_gb"] + landing_gb, price["s3_gb_month"]),
        ("S3: GB, infrequent access", usage["lake_infrequent_gb"], price["s3_infrequent_gb_month"]),
        ("S3: 1,000 puts and lists", puts, price["s3_thousand_puts"]),
        ("S3: 1,000 gets", puts * 20, price["s3_thousand_gets"]),
    ):
        yield CostLine("storage", what, quantity, usd)


def _warehouse(basis: _Basis) -> Iterator[CostLine]:
    settings, usage, price = basis.settings["warehouse"], basis.usage, basis.prices
    hours = settings["base_rpus"] * usage["warehouse_hours_per_day"]
    # What the limit lets it use is the most, where the limit stops it.
    if settings["on_limit"] == "deactivate":
        hours = min(hours, settings["rpu_hours_a_day"])
    yield CostLine("warehouse", "Redshift: RPU-hours", hours * DAYS, price["warehouse_rpu_hour"])
    yield CostLine(
        "warehouse", "Redshift: GB", usage["warehouse_gb"], price["warehouse_storage_gb_month"]
    )


def _spark(basis: _Basis) -> Iterator[CostLine]:
    hours = basis.usage["spark_cpu_hours_per_month"]
    yield CostLine("spark", "EMR Serverless: vCPU-hours", hours, basis.prices["spark_cpu_hour"])
    yield CostLine("spark", "EMR Serverless: GB-hours", hours * 8, basis.prices["spark_gb_hour"])


def _orchestration(basis: _Basis) -> Iterator[CostLine]:
    settings, price = basis.settings["orchestration"], basis.prices
    control, code, command = (settings[name] for name in ("control", "code", "command"))
    # Every five minutes a task of about a minute registers what has come, where that is automated.
    share = 0.2 if basis.settings["is_automated"] else 0.0
    cpu = (2 * control["cpu"] + code["cpu"] + share * command["cpu"]) / 1024
    memory = (2 * control["memory"] + code["memory"] + share * command["memory"]) / 1024
    database = settings["database"]
    zones = 2 if database["is_redundant"] else 1
    hourly = _priced(basis.databases, database["class"])
    for what, quantity, usd in (
        ("Fargate: vCPU-hours", cpu * HOURS, price["fargate_cpu_hour"]),
        ("Fargate: GB-hours", memory * HOURS, price["fargate_gb_hour"]),
        (f"PostgreSQL, {database['class']}: hours", zones * HOURS, hourly),
        ("PostgreSQL: GB", zones * database["storage_gb"], price["database_storage_gb_month"]),
        ("images: GB", 30, price["image_gb_month"]),
    ):
        yield CostLine("orchestration", what, quantity, usd)


def _serving(basis: _Basis) -> Iterator[CostLine]:
    settings, usage, price = basis.settings["serving"], basis.usage, basis.prices
    node = settings["redis_node"]
    reads, writes = (usage[f"features_million_{each}_per_month"] for each in ("reads", "writes"))
    for what, quantity, usd in (
        (f"Redis, {node}: hours", settings["redis_nodes"] * HOURS, _priced(basis.caches, node)),
        ("features: million reads", reads, price["features_million_reads"]),
        ("features: million writes", writes, price["features_million_writes"]),
        ("features: GB", usage["features_gb"], price["features_gb_month"]),
    ):
        yield CostLine("serving", what, quantity, usd)


def _network(basis: _Basis) -> Iterator[CostLine]:
    zones = basis.settings["network"]["endpoint_zone_count"]
    hours = basis.counts["interface_endpoints"] * zones * HOURS
    yield CostLine("network", "endpoints: hours", hours, basis.prices["endpoint_hour"])
    yield CostLine("network", "endpoints: GB", 4 * basis.streamed_gb, basis.prices["endpoint_gb"])


def _observability(basis: _Basis) -> Iterator[CostLine]:
    usage, price, counts = basis.usage, basis.prices, basis.counts
    logged_gb = usage["log_gb_per_day"] * DAYS
    kept_gb = usage["log_gb_per_day"] * basis.settings["log_days"]
    traces = usage["objects_per_day"] * DAYS * 2 / 1e6
    for what, quantity, usd in (
        ("alarms", counts["alarms"], price["alarm_month"]),
        ("alarms of alarms", counts["composite_alarms"], price["composite_alarm_month"]),
        ("dashboard", 1, price["dashboard_month"]),
        ("logs: GB", logged_gb, price["log_gb"]),
        ("logs: GB kept", kept_gb, price["log_gb_month"]),
        ("audit trail: 100,000 events of data", usage["trail_million_events_per_month"] * 10,
         price["trail_hundred_thousand_events"]),
        ("million traces", traces * basis.settings["observability"]["traced_rate"],
         price["million_traces"]),
    ):  # fmt: skip
        yield CostLine("observability", what, quantity, usd)


def _keys(basis: _Basis) -> Iterator[CostLine]:
    calls = basis.usage["objects_per_day"] * DAYS * 10 / 1e4
    for what, quantity, usd in (
        ("keys", basis.counts["keys"], basis.prices["key_month"]),
        ("keys: 10,000 calls", calls, basis.prices["key_ten_thousand_calls"]),
        ("secrets", basis.counts["secrets"], basis.prices["secret_month"]),
    ):
        yield CostLine("keys", what, quantity, usd)


def _priced(table: dict[str, float], size: str) -> float:
    if size not in table:
        raise SettingsError(
            f"terraform/prices.yml has no price for {size}: write it down there, from the price "
            "list of the region."
        )
    return table[size]


def _read(path: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


_PAGE = """\
# What it costs

Rendered by `sentinel cost --write` from [settings](../terraform/environments), assumptions about
use (`usage.yml` beside them) and a table of [prices](../terraform/prices.yml), on demand, of
{region}, as of {taken_down}: an estimate to compare sizes by, not an offer. Tax, support, traffic
to the internet and discounts are not in it. Budgets that tell when it becomes more are in the
settings.

US dollars in a month:

{table}

The estimate's lines, with quantities: `sentinel cost prod`.

## What drives it

- **The warehouse** costs by the second of use: `base_rpus` times the hours in which something
  asks. Builds that run back to back cost less than the same builds spread over the hour.
- **The network**: each AWS service that is called from within has an endpoint, by the hour and
  zone. It is what a network without a way out costs.
- **Redis and Dagster** run day and night, whatever comes.
- **Records** hardly matter: a million a day are some dollars of streams, Firehose and functions.
- **Spark** costs while a job runs, and nothing between.
"""


def render() -> str:
    """The text of docs/cost.md."""
    order = [name for name in ("dev", "staging", "prod") if name in environments()]
    by_name = {name: totals(estimate(name)) for name in order}
    components = sorted(by_name[order[-1]], key=lambda each: -by_name[order[-1]][each])
    rows = [f"| component | {' | '.join(order)} |", f"|---|{'--:|' * len(order)}"]
    rows += [
        f"| {each} | {' | '.join(f'{by_name[name][each]:,.0f}' for name in order)} |"
        for each in components
    ]
    sums = " | ".join(f"**{sum(by_name[name].values()):,.0f}**" for name in order)
    rows.append(f"| **together** | {sums} |")
    table = prices()
    return _PAGE.format(
        region=table["region"], taken_down=table["taken_down"], table="\n".join(rows)
    )
