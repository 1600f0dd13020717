"""Cases of elementary, all but the last list with `tables.ANCHOR` as the time of the run."""

from __future__ import annotations

from dataclasses import replace

from .case import Case, On


class Series(On):
    """Cases of a test of time series, which all name the same timestamp column."""

    def passes(self, table: str, **arguments: object) -> Case:
        """The test must pass on the table."""
        return super().passes(table, **({"timestamp_column": "seen_at"} | arguments))

    def fails(self, table: str, **arguments: object) -> Case:
        """The test must fail on the table."""
        return super().fails(table, **({"timestamp_column": "seen_at"} | arguments))


def days(count: int) -> dict[str, object]:
    """A period of days."""
    return {"period": "day", "count": count}


VOLUME = Series("elementary.volume_anomalies")
FRESHNESS = Series("elementary.freshness_anomalies")
EVENTS = On("elementary.event_freshness_anomalies")
DIMENSIONS = Series("elementary.dimension_anomalies")
VALUE = Series("elementary.column_anomalies", "value")
ALL_COLUMNS = Series("elementary.all_columns_anomalies")
BASELINE = On("elementary.schema_changes_from_baseline")
SEEN = {"event_timestamp_column": "happened_at", "update_timestamp_column": "seen_at"}
KEEPS_HISTORY = "the package compares with its own earlier runs"

MONITORS = {
    "value": [
        *["null_count", "null_percent", "not_null_percent", "min", "max", "average", "sum"],
        *["zero_count", "zero_percent", "not_zero_percent", "standard_deviation", "variance"],
    ],
    "label": [
        *["min_length", "max_length", "average_length"],
        *["missing_count", "missing_percent", "not_missing_percent", "null_count"],
    ],
    "is_flagged": ["count_true", "count_false"],
    "happened_at": ["null_count"],
}
NOT_ODD = {("happened_at", "null_count")}

VOLUMES: list[Case] = [
    VOLUME.passes("steady"),
    VOLUME.fails("spike"),
    VOLUME.fails("drop"),
    VOLUME.passes("spike", anomaly_direction="drop"),
    VOLUME.fails("spike", anomaly_direction="spike"),
    VOLUME.passes("drop", anomaly_direction="spike"),
    VOLUME.fails("drop", anomaly_direction="drop"),
    VOLUME.passes("spike", anomaly_sensitivity=4),
    VOLUME.passes("spike", sensitivity=4),
    VOLUME.fails("spike", anomaly_sensitivity=4, days_back=30),
    VOLUME.fails("spike", anomaly_sensitivity=4, training_period=days(30)),
    VOLUME.passes("spike", training_period=days(9)),
    VOLUME.fails("spike", training_period=days(9), anomaly_sensitivity=2),
    Case(
        "elementary.volume_anomalies",
        "spike",
        "pass",
        {
            "timestamp_column": "seen_at",
            "training_period": days(9),
            "anomaly_sensitivity": 2,
            "min_training_set_size": 10,
        },
        differs="elementary 0.25 accepts min_training_set_size and ignores it",
    ),
    VOLUME.passes("old_spike"),
    VOLUME.passes("old_spike", days_back=30),
    VOLUME.fails("old_spike", days_back=30, backfill_days=5),
    VOLUME.passes("old_spike", days_back=30, backfill_days=4),
    VOLUME.fails("old_spike", days_back=30, detection_period=days(7)),
    VOLUME.fails("old_spike", days_back=30, detection_period={"period": "week", "count": 1}),
    VOLUME.fails("old_spike", days_back=30, detection_delay=days(4)),
    VOLUME.passes("spike", detection_delay=days(1)),
    VOLUME.fails("spike", detection_delay={"period": "hour", "count": 9}),
    VOLUME.passes("spike", detection_delay={"period": "hour", "count": 10}),
    VOLUME.fails("batch_spike"),
    VOLUME.passes("batch_spike", where_expression="channel = 'web'"),
    VOLUME.fails("batch_spike", where_expression="channel = 'web' or channel = 'batch'"),
    replace(VOLUME.passes("batch_spike"), config={"where": "channel = 'web'"}),
    replace(VOLUME.fails("batch_spike"), config={"where": "channel <> 'app'"}),
    VOLUME.fails("mild_spike"),
    VOLUME.fails("mild_spike", ignore_small_changes={"spike_failure_percent_threshold": 20}),
    VOLUME.passes("mild_spike", ignore_small_changes={"spike_failure_percent_threshold": 50}),
    VOLUME.fails("mild_drop"),
    VOLUME.fails("mild_drop", ignore_small_changes={"drop_failure_percent_threshold": 20}),
    VOLUME.passes("mild_drop", ignore_small_changes={"drop_failure_percent_threshold": 50}),
    VOLUME.fails(
        "mild_drop",
        ignore_small_changes={
            "spike_failure_percent_threshold": 90,
            "drop_failure_percent_threshold": 20,
        },
    ),
    replace(
        VOLUME.fails("mild_drop", ignore_small_changes={"spike_failure_percent_threshold": 50}),
        differs="a spike threshold alone makes the package blind to drops, and the reverse",
    ),
    VOLUME.passes("gaps"),
    VOLUME.fails("gaps", fail_on_zero=True),
    VOLUME.passes("steady", fail_on_zero=True),
    VOLUME.passes("masked_spike"),
    VOLUME.fails("masked_spike", anomaly_exclude_metrics="metric_date = '2024-03-05'"),
    VOLUME.fails("masked_spike", anomaly_exclude_metrics="metric_value > 80"),
    VOLUME.passes("spike", anomaly_exclude_metrics="metric_date = '2024-03-14'"),
    VOLUME.passes("two_spikes", days_back=10),
    VOLUME.fails("two_spikes", days_back=10, exclude_detection_period_from_training=True),
    VOLUME.passes("weekdays_drop", days_back=98),
    VOLUME.fails("weekdays_drop", seasonality="day_of_week"),
    VOLUME.passes("weekdays", seasonality="day_of_week"),
    VOLUME.passes("afternoons_drop", time_bucket={"period": "hour", "count": 1}),
    VOLUME.fails(
        "afternoons_drop", time_bucket={"period": "hour", "count": 1}, seasonality="hour_of_day"
    ),
    VOLUME.passes(
        "afternoons", time_bucket={"period": "hour", "count": 1}, seasonality="hour_of_day"
    ),
    VOLUME.fails(
        "weekdays_drop", time_bucket={"period": "hour", "count": 1}, seasonality="hour_of_week"
    ),
    VOLUME.passes(
        "weekdays", time_bucket={"period": "hour", "count": 1}, seasonality="hour_of_week"
    ),
    VOLUME.passes("steady", time_bucket=days(2), days_back=30),
    VOLUME.fails("spike", time_bucket=days(2), days_back=30),
    VOLUME.fails("spike", time_bucket={"period": "hour", "count": 12}),
    VOLUME.passes("weekly", time_bucket={"period": "week", "count": 1}, days_back=98),
    VOLUME.fails("weekly_spike", time_bucket={"period": "week", "count": 1}, days_back=98),
    VOLUME.fails(
        "weekly_spike",
        time_bucket={"period": "week", "count": 1},
        training_period={"period": "week", "count": 14},
    ),
    replace(
        VOLUME.fails("sundays_spike", time_bucket={"period": "week", "count": 1}, days_back=98),
        differs="on DuckDB the package counts a Sunday to the week after",
    ),
    VOLUME.passes("monthly", time_bucket={"period": "month", "count": 1}, days_back=420),
    VOLUME.fails(
        "monthly_spike",
        time_bucket={"period": "month", "count": 1},
        training_period={"period": "month", "count": 14},
    ),
    VOLUME.passes("steady_now"),
    VOLUME.passes("source:steady"),
    VOLUME.fails("source:spike"),
    Case("elementary.volume_anomalies", "spike_configured", "fail"),
    Case("elementary.volume_anomalies", "spike_configured", "pass", {"anomaly_sensitivity": 6}),
    replace(On("elementary.volume_anomalies").raises("spike"), differs=KEEPS_HISTORY),
    VOLUME.raises("spike", timestamp_column="seen_at", anomaly_direction="sideways"),
    VOLUME.raises("spike", timestamp_column="seen_at", seasonality="day_of_year"),
    VOLUME.raises(
        "spike", timestamp_column="seen_at", time_bucket={"period": "fortnight", "count": 1}
    ),
]
FRESHNESSES: list[Case] = [
    FRESHNESS.passes("updates"),
    FRESHNESS.fails("updates_stalled"),
    FRESHNESS.fails("updates_stalled", days_back=30),
    FRESHNESS.passes("updates_stalled", anomaly_sensitivity=9),
    FRESHNESS.passes("updates_faster"),
    FRESHNESS.passes("updates_stalled", detection_delay=days(3)),
    FRESHNESS.fails("updates", where_expression="seen_at < '2024-03-13 06:00:00'"),
    EVENTS.passes("steady", **SEEN),
    EVENTS.fails("events_late", **SEEN),
    EVENTS.passes("events_early", **SEEN),
    EVENTS.fails("drop", **SEEN),
    EVENTS.passes("events_late", **SEEN, detection_delay=days(1)),
    EVENTS.passes("events_late", **SEEN, anomaly_sensitivity=4),
    replace(
        EVENTS.raises("events_late", event_timestamp_column="happened_at"),
        differs=KEEPS_HISTORY,
    ),
    EVENTS.raises("events_late", update_timestamp_column="seen_at"),
]
DIMENSION: list[Case] = [
    DIMENSIONS.passes("channels", dimensions=["channel"]),
    DIMENSIONS.fails("channel_spike", dimensions=["channel"]),
    replace(
        DIMENSIONS.fails("channel_gone", dimensions=["channel"]),
        differs="on its first run the package does not know the value yet; on its second it fails",
    ),
    DIMENSIONS.passes("channel_new", dimensions=["channel"]),
    DIMENSIONS.fails("channel_spike", dimensions=["channel", "is_flagged"]),
    DIMENSIONS.passes("channel_spike", dimensions=["is_flagged", "label"], anomaly_sensitivity=4),
    DIMENSIONS.passes("channel_spike", dimensions=["channel"], anomaly_direction="drop"),
    DIMENSIONS.passes("channel_spike", dimensions=["channel"], where_expression="channel = 'web'"),
    DIMENSIONS.passes("channel_spike", dimensions=["channel"], exclude_final_results="value > 9"),
    DIMENSIONS.fails("channel_spike", dimensions=["channel"], exclude_final_results="value > 8"),
    DIMENSIONS.passes("channel_spike", dimensions=["channel"], min_value=10),
    DIMENSIONS.fails("channel_spike", dimensions=["channel"], min_value=9),
    DIMENSIONS.passes("channel_spike", dimensions=["channel"], exclude_final_results="average > 5"),
    Case("elementary.dimension_anomalies", "channels", "error", {"timestamp_column": "seen_at"}),
]
COLUMNS: list[Case] = [
    *[
        Series("elementary.column_anomalies", column).passes("typical", column_anomalies=[monitor])
        for column, monitors in MONITORS.items()
        for monitor in monitors
    ],
    *[
        Series("elementary.column_anomalies", column).fails("odd", column_anomalies=[monitor])
        for column, monitors in MONITORS.items()
        for monitor in monitors
        if (column, monitor) not in NOT_ODD
    ],
    VALUE.passes("typical"),
    VALUE.fails("odd"),
    VALUE.passes("odd", column_anomalies=["null_count"], anomaly_direction="drop"),
    VALUE.passes("odd", column_anomalies=["null_count"], anomaly_sensitivity=5),
    VALUE.fails("odd", column_anomalies=["null_count"], min_value=3),
    VALUE.passes("odd", column_anomalies=["null_count"], min_value=4),
    VALUE.fails("odd", column_anomalies=["null_count"], dimensions=["channel"]),
    VALUE.fails("odd", column_anomalies=["null_count", "average"], dimensions=["channel"]),
    VALUE.passes(
        "odd",
        column_anomalies=["null_count"],
        dimensions=["channel"],
        where_expression="value is not null",
    ),
    VALUE.fails("typical", column_anomalies=["null_count"], fail_on_zero=True),
    VALUE.passes("odd", column_anomalies=["min", "max"], detection_delay=days(1)),
    Case(
        "elementary.column_anomalies",
        "odd",
        "error",
        {"timestamp_column": "seen_at", "column_anomalies": ["average_length"]},
        "value",
        differs="the package drops a monitor that the type does not allow, and passes",
    ),
    ALL_COLUMNS.passes("typical"),
    ALL_COLUMNS.fails("odd"),
    ALL_COLUMNS.fails("odd", column_anomalies=["null_count"]),
    ALL_COLUMNS.fails("odd", column_anomalies=["count_true", "average_length"]),
    ALL_COLUMNS.passes("odd", column_anomalies=["null_count"], exclude_regexp="value|label"),
    ALL_COLUMNS.fails("odd", column_anomalies=["null_count"], exclude_prefix="val"),
    ALL_COLUMNS.passes(
        "odd", column_anomalies=["null_count"], exclude_prefix="VAL", exclude_regexp="lab"
    ),
]
SCHEMAS: list[Case] = [
    BASELINE.passes("baseline_kept", enforce_types=True, fail_on_added=True),
    BASELINE.passes("baseline_untyped", fail_on_added=True),
    BASELINE.passes("baseline_added"),
    BASELINE.fails("baseline_added", fail_on_added=True),
    BASELINE.fails("baseline_removed"),
    BASELINE.fails("baseline_type_changed"),
    BASELINE.fails("baseline_precision_changed"),
    replace(
        BASELINE.passes("baseline_respelled"),
        differs="the package knows synonyms of types only where they have no arguments",
    ),
    BASELINE.raises("baseline_untyped", enforce_types=True),
    BASELINE.passes("source:baseline_kept"),
    BASELINE.fails("source:baseline_removed"),
    replace(
        BASELINE.raises("steady"),
        differs="with no columns declared, the package has nothing to compare and passes",
    ),
    replace(BASELINE.passes("baseline_kept"), config={"where": "lane = 'a'"}),
]
ANCHORED = VOLUMES + FRESHNESSES + DIMENSION + COLUMNS + SCHEMAS
UNANCHORED: list[Case] = [
    VOLUME.passes("steady_now"),
    VOLUME.fails("spike_now"),
    VOLUME.passes("spike"),
    VOLUME.fails("spike", fail_on_zero=True),
]
