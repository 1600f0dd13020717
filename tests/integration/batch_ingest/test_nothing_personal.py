"""Nothing personal of the source is in any byte of the lake or of the state folder."""

import re
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import shop
from landed import lake_of, mapping_of, settings_in

from batch_ingest import land, load_mapping
from sentinel.lake import LEDGER, QUARANTINE, RAW
from sentinel.synthetic import SyntheticConfig, write

PERSONAL = ("card_number", "ip_address", "full_name", "email", "phone", "document_number")
REPOSITORY = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def landed(tmp_path_factory):
    """A landed synthetic folder, with lines broken in the middle of personal values."""
    folder = tmp_path_factory.mktemp("personal")
    source = folder / "in"
    write(SyntheticConfig.preset("small", malformed_rate=0.05), source)
    people = pq.read_table(source / "customers")
    lines = [
        f'{{"customer_id": "c", "full_name": "{name}", "email": "{email}", "phone": "{phone}", '
        f'"document_number": "{document}", "upd'
        for name, email, phone, document in zip(
            *(people.column(each).to_pylist() for each in PERSONAL[2:]), strict=True
        )
    ]
    (source / "customers" / "broken.jsonl").write_text("\n".join(lines[:30]))
    unfit = [
        f'{{"customer_id": null, "updated_at": "2025-01-01", "name_token": "{name}", '
        f'"nick": "{name}"}}'
        for name in people.column("full_name").to_pylist()[:30]
    ]
    (source / "customers" / "unfit.jsonl").write_text("\n".join(unfit))
    settings = settings_in(folder / "home")
    report = land(settings, load_mapping("synthetic"), str(source))
    assert report.of("customers").quarantined_row_count == 60
    return source, settings


def personal_values(source: Path) -> set[str]:
    found: set[str] = set()
    for dataset in ("transactions", "customers"):
        for path in (source / dataset).glob("*.parquet"):
            table = pq.read_table(path)
            for name in set(PERSONAL) & set(table.column_names):
                found.update(filter(None, table.column(name).to_pylist()))
    return found


def texts(settings) -> dict[str, str]:
    """Every byte of the lake as text: Parquet files unpacked, column by column."""
    lake = lake_of(settings)
    found = {}
    for path in lake.list(RAW) + lake.list(QUARANTINE) + lake.list(LEDGER):
        if path.endswith(".parquet"):
            table = pq.read_table(f"{lake.location}/{path}", partitioning=None)
            found[path] = "\n".join(
                str(value)
                for name in table.column_names
                for value in table.column(name).to_pylist()
            )
            found[path] += str(table.schema.metadata)
        else:
            found[path] = lake.read(path).decode()
    return found


def words(text: str) -> set[str]:
    return set(re.findall(r"[\w@.+:-]+", text))


def test_no_value_of_a_personal_column_is_anywhere(landed):
    source, settings = landed
    secrets = personal_values(source)
    assert len(secrets) > 300
    everything = texts(settings)
    assert {path.split("/")[0] for path in everything} == {RAW, QUARANTINE, LEDGER}
    spaced = {secret for secret in secrets if " " in secret}
    for path, text in everything.items():
        assert not secrets & words(text), path
        assert not [secret for secret in spaced if secret in text], path


def test_what_was_searched_for_can_be_found(landed):
    source, _ = landed
    text = (source / "transactions_jsonl" / "transactions_malformed.jsonl").read_text()
    assert personal_values(source) & words(text)


def test_no_other_file_of_the_state_folder_holds_records(landed):
    _, settings = landed
    others = {
        path.relative_to(settings.state_folder).parts[0]
        for path in settings.state_folder.rglob("*")
        if path.is_file()
    }
    assert others == {"lake", "locks"}


def test_dlt_writes_nothing_at_home_and_calls_nobody(tmp_path):
    source = shop.write(tmp_path / "in", {"a.csv": shop.payments(0, 5)})
    mapping_of(tmp_path, shop.MAPPING)
    (tmp_path / "at_home").mkdir()
    program = f"""
import socket
def refuse(*arguments):
    raise SystemExit(f"a connection to {{arguments[1:]}}")
socket.socket.connect = refuse
socket.getaddrinfo = refuse
from batch_ingest import land, load_mapping
from sentinel.settings import Settings
report = land(Settings.load(), load_mapping({str(tmp_path / "shop.yml")!r}), {str(source)!r})
assert report.of("transactions").delivered_row_count == 5
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={"HOME": str(tmp_path / "at_home"), "PYTHONPATH": str(REPOSITORY),
             "SENTINEL_HOME": str(tmp_path / "state"), "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "at_home").rglob("*")) == []
    assert {path.name for path in tmp_path.iterdir()} == {"in", "shop.yml", "at_home", "state"}
