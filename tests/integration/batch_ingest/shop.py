"""A small source for tests of landing: a shop's payments in any file format, with broken ones."""

import bz2
import csv
import gzip
import io
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

START = datetime(2026, 1, 1)
CARDS = ("4111111111111111", "5555555555554444", "378282246310005")

MAPPING: dict[str, Any] = {
    "name": "shop",
    "source": {"kind": "files"},
    "datasets": {
        "transactions": {
            "from": "payments/*",
            "columns": {
                "transaction_id": "id",
                "customer_id": "customer",
                "terminal_id": "till",
                "card_number": "card",
                "amount": {"expression": "cast(cents as decimal(18, 2)) / 100"},
                "transaction_at": "paid_at",
                "currency": {"value": "EUR"},
            },
        },
    },
    "derived": {
        "fraud_labels": {
            "kind": "labels", "of": "transactions", "where": "fraud = '1'",
            "reporting_delay_days": 7, "fraud_type": {"from": "scheme", "optional": True},
        },
        "customers": {"kind": "entities", "of": "transactions"},
        "terminals": {"kind": "entities", "of": "transactions"},
    },
}  # fmt: skip


def payments(first: int, end: int) -> list[dict[str, str]]:
    """Payments with numbers from `first` to before `end`; every tenth one a fraud."""
    return [
        {
            "id": f"p{number:05d}",
            "customer": f"c{number % 7}",
            "till": f"t{number % 3}",
            "card": CARDS[number % 3],
            "cents": str(100 + number),
            "paid_at": (START + timedelta(minutes=17 * number)).isoformat(),
            "fraud": "1" if number % 10 == 0 else "0",
            "scheme": "stolen card",
        }
        for number in range(first, end)
    ]


def encoded(records: list[dict[str, str]], name: str, broken: bool = True) -> bytes:
    """Records as the file's name says, in text formats with two lines that cannot be read."""
    if ".parquet" in name:
        buffer = io.BytesIO()
        pq.write_table(pa.Table.from_pylist(records), buffer)
        return buffer.getvalue()
    if ".jsonl" in name:
        lines = [json.dumps(record).encode() for record in records]
        if broken:
            lines[3:3] = [b'{"id": "broken", "card": "4111111111111111', b"[]"]
        content = b"\n".join(lines) + b"\n"
    else:
        text = io.StringIO()
        writer = csv.DictWriter(text, list(records[0]), delimiter="\t" if ".tsv" in name else ",")
        writer.writeheader()
        writer.writerows(records)
        written = text.getvalue().encode().splitlines(keepends=True)
        if broken:
            written[4:4] = [b"p99999\r\n", b"\xff\xfe\r\n"]
        content = b"".join(written)
    if name.endswith(".gz"):
        return gzip.compress(content, mtime=0)
    if name.endswith(".bz2"):
        return bz2.compress(content)
    if name.endswith(".zst"):
        return pa.compress(content, codec="zstd", asbytes=True)
    return content


def write(folder: Path, files: dict[str, list[dict[str, str]]], broken: bool = True) -> Path:
    """A source folder with such payment files."""
    (folder / "payments").mkdir(parents=True, exist_ok=True)
    for name, records in files.items():
        (folder / "payments" / name).write_bytes(encoded(records, name, broken))
    return folder
