"""One running load: what every feed of it shares, and delivering one batch.

Belongs here: the way from a projected chunk into the lake and into the report. Does not belong
here: where chunks come from (see `file_landing`, `row_landing`, `entities`).
"""

import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from batch_ingest.chunk import Chunk
from batch_ingest.drift import ColumnWatch, Drift
from batch_ingest.history import FeedHistory, LakeHistory
from batch_ingest.mapping import INGESTED_AT, DerivedLabels, Feed, Mapping
from batch_ingest.projection import Projected, Projection, columns_used
from batch_ingest.references import reference_ids
from batch_ingest.report import LoadReport, Progress
from sentinel.contracts import Contract
from sentinel.delivery import Delivered, deliver
from sentinel.lake import Lake
from sentinel.lake_access import open_lake
from sentinel.ledger import Extract, utc_now
from sentinel.settings import Settings
from sentinel.transform import Arriving, ReferenceIds, Tokeniser
from sentinel.transform.coercion import coerced


@dataclass
class Load:
    """What the feeds of one load share.

    Attributes:
        received_at: UTC time of the load: ingestion time of records that bring none.
    """

    mapping: Mapping
    lake: Lake
    tokeniser: Tokeniser
    key: bytes
    report: LoadReport
    tell: Callable[[Progress], None]
    history: LakeHistory
    received_at: datetime = field(default_factory=utc_now)

    @classmethod
    def start(
        cls, settings: Settings, mapping: Mapping, source: str | None,
        tell: Callable[[Progress], None] | None,
    ) -> "Load":  # fmt: skip
        """A load into the lake of the settings."""
        lake = open_lake(settings)
        return cls(
            mapping=mapping,
            lake=lake,
            tokeniser=Tokeniser(settings.personal_data_key),
            key=settings.personal_data_key,
            report=LoadReport(mapping.name, source),
            tell=tell or (lambda progress: None),
            history=LakeHistory(lake, mapping.name),
        )

    def output(self, name: str) -> "Output":
        """The way of one feed's chunks into the lake."""
        feed = self.mapping.feeds[name]
        beside = [other for other in self.mapping.feeds.values() if other.source == feed.source]
        used = frozenset[str]().union(*map(columns_used, beside))
        history = self.history.feed(feed.dataset, name)
        is_split = isinstance(self.mapping.derived.get(name), DerivedLabels)
        return Output(
            load=self,
            name=name,
            feed=feed,
            projection=Projection(name, feed, used),
            history=history,
            watch=None if is_split else ColumnWatch(name, history.columns),
            mapping_hash=self.mapping.hash_of(name),
            references=reference_ids(self.lake, self.history, feed.references),
        )

    def batch_id(self, *identity: object) -> str:
        """Identifier of a batch that follows from what it is, so that it can be made again."""
        said = json.dumps([self.mapping.name, *map(str, identity)])
        return f"{self.mapping.name}-{hashlib.sha256(said.encode()).hexdigest()[:32]}"

    def deliver(
        self, contract: Contract, arriving: Arriving, extract: Extract, drift: Drift
    ) -> Delivered:
        """Delivers one batch and counts it."""
        done = deliver(
            self.lake, contract, arriving, self.tokeniser,
            appeared_columns=drift.appeared, vanished_columns=drift.vanished, extract=extract,
        )  # fmt: skip
        report = self.report.of(contract.dataset)
        row_count = done.delivered_row_count + done.quarantined_row_count
        report.appeared_columns.update(drift.appeared)
        report.vanished_columns.update(drift.vanished)
        if done.outcome == "already_committed":
            report.present_batch_count += 1
            report.present_row_count += row_count
            return done
        report.batch_count += 1
        report.produced_row_count += row_count
        report.delivered_row_count += done.delivered_row_count
        report.quarantined_row_count += done.quarantined_row_count
        if done.quarantined_row_count:
            report.quarantined_by_reason.update(self._reasons(done))
        return done

    def _reasons(self, done: Delivered) -> Counter[str]:
        if done.rejected_file is None:
            return Counter()
        content = self.lake.read(done.rejected_file)
        reasons = pq.ParquetFile(io.BytesIO(content)).read(["reason"]).column("reason")
        return Counter(reasons.to_pylist())


@dataclass
class Output:
    """One feed's way into the lake.

    Attributes:
        watch: notices columns that come and go; None for labels split off another feed.
    """

    load: Load
    name: str
    feed: Feed
    projection: Projection
    history: FeedHistory
    watch: ColumnWatch | None
    mapping_hash: str
    references: tuple[ReferenceIds, ...]

    def deliver(self, chunk: Chunk, batch_id: str, source: str, extract: Extract) -> Delivered:
        """Maps and delivers a chunk as one batch."""
        projected = self.projection.apply(chunk, extract.origin)
        records = projected.records
        if self.watch is None:
            records = self._known_when_reported(projected)
        drift = self.watch.see(extract.columns, extract.origin) if self.watch else Drift()
        arriving = Arriving(
            batch_id=batch_id,
            source=source,
            records=records,
            received_at=self.load.received_at,
            unreadable=projected.unreadable,
            references=self.references,
        )
        return self.load.deliver(self.feed.contract, arriving, extract, drift)

    def extract(self, origin: str, columns: tuple[str, ...] = (), **progress: object) -> Extract:
        """The commit's note of how far the source was read."""
        return Extract(
            mapping=self.load.mapping.name, mapping_hash=self.mapping_hash, feed=self.name,
            origin=origin, columns=columns, **progress,  # type: ignore[arg-type]
        )  # fmt: skip

    def _known_when_reported(self, projected: Projected) -> pa.Table:
        """Split-off labels enter when they are reported, not with their transaction."""
        records = projected.records
        entered = pa.repeat(pa.scalar(self.load.received_at, pa.timestamp("us")), records.num_rows)
        metadata = self.feed.contract.column(INGESTED_AT)
        if INGESTED_AT in records.column_names:
            given, _ = coerced(records.column(INGESTED_AT), metadata)
            entered = pc.coalesce(given, entered)
            records = records.drop_columns([INGESTED_AT])
        reported_at, _ = coerced(
            records.column("reported_at"), self.feed.contract.column("reported_at")
        )
        entered = pc.max_element_wise(entered, reported_at)
        return records.append_column(INGESTED_AT, entered)
