"""Landing beside compactions: what was landed before is known, whatever file it is in by now."""

import shop
from landed import mapping_of, settings_in

from batch_ingest import land
from sentinel.lake import RAW, Lake
from tests.support.compactions import compact_everything, live_paths, live_rows, remove_unused

DATASETS = ("transactions", "fraud_labels", "customers", "terminals")
FILES = [
    {"b.csv": shop.payments(7, 60), "c.csv": shop.payments(60, 90)},
    {"d.jsonl": shop.payments(90, 120)},
    {"a.csv": shop.payments(0, 7), "e.csv": shop.payments(120, 130)},
]
_OF_THE_LOAD = ("_ingested_at",)


def content(lake: Lake) -> dict[str, list[str]]:
    """Every live row but for when it was landed."""
    return {
        dataset: sorted(
            str({name: value for name, value in row.items() if name not in _OF_THE_LOAD})
            for row in live_rows(lake, dataset)
        )
        for dataset in DATASETS
    }


def test_derived_entities_and_references_are_read_from_compacted_files(tmp_path):
    """Customers come from transactions that are compacted, and are known from compacted files."""
    lakes, fewer, removed = {}, [], []
    for name in ("compacted", "untouched"):
        settings = settings_in(tmp_path / name)
        lake = lakes[name] = Lake(settings.lake_location)
        for files in FILES:
            source = shop.write(tmp_path / f"in-{name}", files, broken=False)
            land(settings, mapping_of(tmp_path, shop.MAPPING), str(source))
            if name == "compacted":
                fewer.append(compact_everything(lake))
                removed.append(remove_unused(lake))
        # By a mapping of its own: only customers that are in the lake are known.
        source = shop.write(tmp_path / f"in-{name}", {"z.csv": shop.payments(200, 230)}, False)
        reference = {"column": "customer_id", "dataset": "customers", "unknown": "quarantine"}
        feed = {**shop.MAPPING["datasets"]["transactions"], "references": [reference]}
        document = {**shop.MAPPING, "name": "strict", "datasets": {"transactions": feed}}
        report = land(settings, mapping_of(tmp_path, {**document, "derived": {}}), str(source))
        assert report.of("transactions").delivered_row_count == 160
    assert any(fewer) and any(removed)
    assert any("compacted" in path for path in live_paths(lakes["compacted"], "customers"))
    replaced = set(lakes["untouched"].list(RAW)) - set(lakes["compacted"].list(RAW))
    assert len(replaced) > 5
    assert content(lakes["compacted"]) == content(lakes["untouched"])
