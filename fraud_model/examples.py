"""Training and test sets, point-in-time by construction.

Belongs here: which rows and which labels a date allows. Does not belong here: features, which come
as of their transaction, and judging what was loaded; see `leak_checks`.

A training set has the labels that were known when the day of training began, never a later one. A
test set has the labels as known now, because it judges; and it has no transaction of a customer who
was known as defrauded when the day began, as in the field's protocol: such cards are blocked.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from fraud_model.feature_sets import FeatureSet
from fraud_model.known_frauds import known_frauds_sql
from fraud_model.periods import Fold, PeriodError
from fraud_model.warehouse import Warehouse

Floats = npt.NDArray[np.float64]
Inputs = npt.NDArray[np.float32]
Booleans = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.int64]
Texts = npt.NDArray[np.object_]

MICROSECONDS_PER_DAY = 86_400_000_000
NO_FRAUD_TYPE = "unknown"


@dataclass(frozen=True)
class Examples:
    """Transactions in the order of time, with inputs and labels; one row each.

    Attributes:
        transaction_ids: identifiers.
        customers: number of the customer, the same number in every set of one history.
        terminals: number of the terminal, likewise.
        times: microseconds from 1970, UTC.
        inputs: rows by inputs of the feature set; NaN where a feature says nothing.
        amounts: in the reporting currency.
        rule_scores: sum of the weights of the rules that hit, at most 100.
        is_fraud: the label, as known at the time that the set is for.
        fraud_types: kind of fraud as reported, empty for genuine ones; never an input.
    """

    transaction_ids: pa.Array
    customers: Integers
    terminals: Integers
    times: Integers
    inputs: Inputs
    amounts: Floats
    rule_scores: Floats
    is_fraud: Booleans
    fraud_types: Texts

    def __len__(self) -> int:
        return len(self.times)

    @property
    def days(self) -> Integers:
        """Days from 1970, UTC."""
        return self.times // MICROSECONDS_PER_DAY

    def take(self, chosen: Booleans | Integers) -> "Examples":
        """The chosen rows, by mask or by position."""
        positions = np.flatnonzero(chosen) if chosen.dtype == np.bool_ else chosen
        return Examples(
            self.transaction_ids.take(pa.array(positions)), self.customers[positions],
            self.terminals[positions], self.times[positions], self.inputs[positions],
            self.amounts[positions], self.rule_scores[positions], self.is_fraud[positions],
            self.fraud_types[positions],
        )  # fmt: skip

    def content_hash(self, features: FeatureSet) -> str:
        """Names exactly these rows, inputs and labels of this feature version."""
        digest = hashlib.sha256(f"{features.version} {features.fingerprint}\n".encode())
        for part in (self.times, self.inputs, self.is_fraud):
            digest.update(np.ascontiguousarray(part).tobytes())
        digest.update("\n".join(self.transaction_ids.to_pylist()).encode())
        return digest.hexdigest()


@dataclass(frozen=True)
class FraudReports:
    """States in which a transaction was known as fraud, one row each.

    Attributes:
        transactions: position of the transaction in its history.
        known_from: microseconds from 1970 from which it was known.
        known_until: until when; the greatest integer for what is known now.
        types: kind of fraud as reported.
    """

    transactions: Integers
    known_from: Integers
    known_until: Integers
    types: Texts

    def known_at(self, instant: int) -> "FraudReports":
        """Those of what was known right before an instant."""
        chosen = (self.known_from < instant) & (self.known_until >= instant)
        return FraudReports(
            self.transactions[chosen], self.known_from[chosen], self.known_until[chosen],
            self.types[chosen],
        )  # fmt: skip

    def known_now(self) -> "FraudReports":
        """Those that no later report has replaced."""
        return self.known_at(_FOREVER)


_FOREVER = int(np.iinfo(np.int64).max)


@dataclass(frozen=True)
class History:
    """Every transaction of a stretch of days, and all that was ever known of their labels."""

    features: FeatureSet
    transactions: Examples
    reports: FraudReports
    customer_ids: pa.Array
    """Identifier of each customer, by number."""

    def training_set(self, fold: Fold) -> Examples:
        """What a model could learn from in the night before the fold's test period.

        Raises:
            PeriodError: when there is nothing to learn from: no rows, or labels of one kind only.
        """
        known = self._labelled(self.reports.known_at(microseconds(fold.test_start)))
        chosen = known.take(_within(known.times, fold.training_start, fold.training_end))
        if not chosen.is_fraud.any() or chosen.is_fraud.all():
            raise PeriodError(
                f"Nothing can be learnt from {fold.training_start} until before "
                f"{fold.training_end}: {len(chosen):,} transactions, "
                f"{int(chosen.is_fraud.sum()):,} of them known as fraud by {fold.test_start}."
            )
        return chosen

    def test_set(self, fold: Fold) -> Examples:
        """What the fold's model is judged by.

        Raises:
            PeriodError: when there are no frauds to be found, or nothing else.
        """
        now = self._labelled(self.reports.known_now())
        days = [fold.test_start + timedelta(days=number) for number in range(fold.test_days)]
        positions = [self._test_day(now, fold, day) for day in days]
        chosen = now.take(np.concatenate(positions))
        if not chosen.is_fraud.any() or chosen.is_fraud.all():
            raise PeriodError(
                f"Nothing can be judged from {fold.test_start} until before {fold.test_end}: "
                f"{int(chosen.is_fraud.sum()):,} frauds in {len(chosen):,} transactions."
            )
        return chosen

    def customer_values(self, warehouse: Warehouse, column: str) -> Texts:
        """A column of dim_customers, by number of the customer; None where it says nothing."""
        rows = warehouse.read(
            f"select customer_id, {column} as found from {warehouse.schema('marts')}.dim_customers"
        )
        positions = pc.index_in(self.customer_ids, value_set=rows["customer_id"].combine_chunks())
        return np.array(rows["found"].combine_chunks().take(positions).to_pylist(), dtype=object)

    def all_of(self, start: date, end: date) -> Examples:
        """Every transaction of a stretch of days, with the labels as known now."""
        now = self._labelled(self.reports.known_now())
        return now.take(_within(now.times, start, end))

    def _test_day(self, now: Examples, fold: Fold, day: date) -> Integers:
        known = self.reports.known_at(microseconds(day)).transactions
        recent = known[now.times[known] >= microseconds(fold.known_frauds_start)]
        of_day = np.flatnonzero(_within(now.times, day, day + timedelta(days=1)))
        return of_day[~np.isin(now.customers[of_day], now.customers[recent])]

    def _labelled(self, known: FraudReports) -> Examples:
        is_fraud = np.zeros(len(self.transactions), dtype=np.bool_)
        fraud_types = np.full(len(self.transactions), "", dtype=object)
        is_fraud[known.transactions] = True
        fraud_types[known.transactions] = known.types
        rows = self.transactions
        return Examples(
            rows.transaction_ids, rows.customers, rows.terminals, rows.times, rows.inputs,
            rows.amounts, rows.rule_scores, is_fraud, fraud_types,
        )  # fmt: skip


@dataclass(frozen=True)
class Extent:
    """First and last day with a transaction, and the last day with a report."""

    first_transaction: date
    last_transaction: date
    last_report: date | None


def extent(warehouse: Warehouse) -> Extent:
    """The days that the warehouse holds.

    Raises:
        PeriodError: when it holds none.
    """
    spine = f"{warehouse.schema('intermediate')}.int_transactions__labelled"
    row = warehouse.read(
        "select cast(min(transaction_at) as date) as first_day, "
        "cast(max(transaction_at) as date) as last_day, "
        "cast(max(case when is_reported then known_from end) as date) as last_report "
        f"from {spine}"
    ).to_pylist()[0]
    if row["first_day"] is None:
        raise PeriodError("The warehouse holds no transaction: land data and build it first.")
    return Extent(row["first_day"], row["last_day"], row["last_report"])


def newest_days(warehouse: Warehouse, days: int) -> tuple[date, date]:
    """The first of so many newest days, and the first day after the last.

    Raises:
        PeriodError: when the warehouse holds no transaction.
    """
    end = extent(warehouse).last_transaction + timedelta(days=1)
    return end - timedelta(days=days), end


def load_history(warehouse: Warehouse, features: FeatureSet, start: date, end: date) -> History:
    """Reads a stretch of days.

    Args:
        warehouse: where features and labels are.
        features: what is read of each transaction.
        start: first day.
        end: first day after the last.
    """
    rows = warehouse.read(history_sql(warehouse.schema, features, start, end))
    customer_ids, customers = _numbered(rows["customer_id"])
    _, terminals = _numbered(rows["terminal_id"])
    count = rows.num_rows
    inputs = np.empty((count, len(features.inputs)), dtype=np.float32)
    for number, name in enumerate(features.names):
        inputs[:, number] = _floats(rows[f"input_{name}"])
    ids = rows["transaction_id"].combine_chunks()
    transactions = Examples(
        ids, customers, terminals,
        _times(rows["transaction_at"]), inputs, _floats(rows["reporting_amount"]),
        np.minimum(_floats(rows["rule_score"]), 100.0), np.zeros(count, dtype=np.bool_),
        np.full(count, "", dtype=object),
    )  # fmt: skip
    reports = warehouse.read(reports_sql(warehouse.schema, start, end))
    return History(features, transactions, _reports(reports, ids), customer_ids)


def history_sql(schema: Any, features: FeatureSet, start: date, end: date) -> str:
    """The query of `load_history`: each transaction once, in the order of time.

    Args:
        schema: gives a schema's name in this warehouse.
    """
    inputs = ",\n        ".join(f"{each.sql} as input_{each.name}" for each in features.inputs)
    history = (
        f"inner join {schema('features')}.feat_transactions_history as history\n"
        "        on spine.transaction_id = history.transaction_id"
        if features.reads_history
        else ""
    )
    known = (
        f"left join ({known_frauds_sql(schema, in_days, start, end)}) as known\n"
        "        on spine.transaction_id = known.transaction_id"
        if features.reads_known_frauds
        else ""
    )
    return f"""
    select
        spine.transaction_id,
        spine.customer_id,
        spine.terminal_id,
        spine.transaction_at,
        cast(spine.reporting_amount as double precision) as reporting_amount,
        cast(coalesce(rules.rule_score, 0) as double precision) as rule_score,
        {inputs}
    from {schema("intermediate")}.int_transactions__labelled as spine
    inner join {schema("features")}.feat_transactions as baseline
        on spine.transaction_id = baseline.transaction_id
    {history}
    {known}
    left join (
        select transaction_id, sum(weight) as rule_score
        from {schema("marts")}.fct_rule_hits
        where {in_days("transaction_at", start, end)}
        group by transaction_id
    ) as rules
        on spine.transaction_id = rules.transaction_id
    where {in_days("spine.transaction_at", start, end)}
        and spine.known_until is null
    order by spine.transaction_at, spine.transaction_id
    """


def reports_sql(schema: Any, start: date, end: date) -> str:
    """The query for every state in which a transaction was known as fraud."""
    return f"""
    select transaction_id, fraud_type, known_from, known_until
    from {schema("intermediate")}.int_transactions__labelled
    where is_fraud and {in_days("transaction_at", start, end)}
    order by transaction_id, known_from
    """


def microseconds(day: date) -> int:
    """Microseconds from 1970 to the beginning of a day, UTC."""
    return (day - date(1970, 1, 1)).days * MICROSECONDS_PER_DAY


def _within(times: Integers, start: date, end: date) -> Booleans:
    return (times >= microseconds(start)) & (times < microseconds(end))


def in_days(column: str, start: date, end: date) -> str:
    """The condition that a timestamp lies in a stretch of days; the end is the first day after."""
    first, after_last = (datetime.combine(day, time()).isoformat(" ") for day in (start, end))
    return f"{column} >= timestamp '{first}' and {column} < timestamp '{after_last}'"


def _reports(rows: pa.Table, ids: pa.Array) -> FraudReports:
    positions = pc.index_in(rows["transaction_id"], value_set=ids)
    is_known = np.asarray(positions.is_valid())
    rows, positions = rows.filter(pa.array(is_known)), positions.drop_null()
    # Rows that came from a driver one by one have no type where every value is missing.
    types = rows["fraud_type"].cast(pa.string()).fill_null(NO_FRAUD_TYPE).to_pylist()
    until = _times(rows["known_until"].cast(pa.timestamp("us")).fill_null(_LAST_TIME))
    return FraudReports(
        np.asarray(positions, dtype=np.int64), _times(rows["known_from"]),
        np.where(until == _LAST_MICROSECONDS, _FOREVER, until), np.array(types, dtype=object),
    )  # fmt: skip


_LAST_TIME = datetime(9999, 12, 31)
_LAST_MICROSECONDS = microseconds(_LAST_TIME.date())


def _numbered(column: pa.ChunkedArray) -> tuple[pa.Array, Integers]:
    """Different texts in order, and the place of each row's text among them.

    In order, so that ties between customers are not decided by who came first in what was read.
    """
    encoded = column.combine_chunks().dictionary_encode()
    order = np.asarray(pc.sort_indices(encoded.dictionary), dtype=np.int64)
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    return encoded.dictionary.take(pa.array(order)), place[np.asarray(encoded.indices)]


def _times(column: pa.ChunkedArray) -> Integers:
    """Microseconds from 1970 of timestamps without a zone."""
    return np.asarray(column.cast(pa.timestamp("us")).cast(pa.int64()), dtype=np.int64)


def _floats(column: pa.ChunkedArray) -> Floats:
    """Numbers, NaN for null."""
    return np.asarray(column.cast(pa.float64()).fill_null(float("nan")), dtype=np.float64)
