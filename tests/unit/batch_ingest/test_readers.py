"""Files to chunks: every format, compression and kind of broken record."""

import bz2
import gzip
import io

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from batch_ingest import chunk as chunk_module
from batch_ingest.mapping import Feed
from batch_ingest.readers import OpenedFile, column_names, csv, file_format, json_lines, read_chunks
from batch_ingest.readers import parquet as parquet_reader
from sentinel.errors import SourceReadError


def opened(name: str, content: bytes) -> OpenedFile:
    return OpenedFile(name, len(content), lambda: io.BytesIO(content))


def feed(**more) -> Feed:
    return Feed.model_validate({"dataset": "transactions", "from": "*", **more})


def read(name: str, content: bytes, **more):
    """Rows with positions, and unreadable records, over all chunks."""
    rows, unreadable = [], []
    chunks = list(read_chunks(opened(name, content), feed(**more)))
    for each in chunks:
        assert len(each.positions) == each.records.num_rows
        rows += zip(each.positions.to_pylist(), each.records.to_pylist(), strict=True)
        unreadable += [(one.position, one.reason) for one in each.unreadable]
    assert [each.is_last for each in chunks] == [False] * (len(chunks) - 1) + [True]
    starts = [each.first_position for each in chunks]
    assert starts == [0, *(each.end_position for each in chunks[:-1])]
    return rows, unreadable


@pytest.mark.parametrize(
    ("path", "told", "expected"),
    [
        ("a.parquet", None, "parquet"), ("a.CSV", None, "csv"), ("a.tsv.gz", None, "csv"),
        ("a.jsonl.zst", None, "jsonl"), ("a.ndjson", None, "jsonl"), ("a.dat", "csv", "csv"),
    ],
)  # fmt: skip
def test_formats_by_name(path, told, expected):
    assert file_format(path, told) == expected


def test_a_name_that_says_nothing_is_an_error():
    with pytest.raises(SourceReadError, match=r"a\.dat.*'format'"):
        file_format("a.dat", None)


def test_json_lines_and_their_faults():
    content = b"\n".join(
        [
            b'{"id": "a", "amount": 12.10, "n": 7.0, "deep": {"x": [1]}, '
            b'"big": 12345678901234567890}',
            b"",
            b'{"id": "b", "ok": true, "none": null}',
            b'{"id": "c", "amo',
            b"[1, 2]",
            b'{"id": "\xff"}',
            b'{"id": "d", "amount": NaN}',
            b"42",
            '{"id": "é"}'.encode(),
        ]
    )
    rows, unreadable = read("a.jsonl", content)
    assert [(position, row["id"]) for position, row in rows] == [(0, "a"), (2, "b"), (8, "é")]
    assert rows[0][1] == {
        "id": "a", "amount": "12.10", "n": "7", "deep": '{"x":[1]}', "ok": None, "none": None,
        "big": "12345678901234567890",
    }  # fmt: skip
    assert rows[1][1]["ok"] == "true"
    assert unreadable == [
        (3, "malformed_json"), (4, "not_an_object"), (5, "invalid_utf8"), (6, "malformed_json"),
        (7, "not_an_object"),
    ]  # fmt: skip


def test_csv_and_its_faults():
    content = (
        b"\xef\xbb\xbfid,amount\r\n"
        b"a,1\r\n"
        b"\r\n"
        b"b\r\n"
        b"c,2,3\r\n"
        b'd,"4\r\n'
        b'e,"5,5"\r\n'
        b"f,\xff\r\n"
        b'"g ""x""",7'
    )
    rows, unreadable = read("a.csv", content)
    assert [(position, tuple(row.values())) for position, row in rows] == [
        (0, ("a", "1")), (5, ("e", "5,5")), (7, ('g "x"', "7")),
    ]  # fmt: skip
    assert unreadable == [
        (2, "wrong_column_count"), (3, "wrong_column_count"), (4, "unbalanced_quotes"),
        (6, "invalid_utf8"),
    ]  # fmt: skip


def test_csv_options():
    assert read("a.tsv", b"id\tn\na\t1\n")[0] == [(0, {"id": "a", "n": "1"})]
    assert read("a.csv", b"id;n\na;1\n", csv={"delimiter": ";"})[0] == [(0, {"id": "a", "n": "1"})]
    assert read("a.csv", b"a,1\n", csv={"column_names": ["id", "n"]})[0] == [
        (0, {"id": "a", "n": "1"})
    ]
    assert read("a.csv", "id\né\n".encode("latin-1"), csv={"encoding": "latin-1"})[0][0][1] == {
        "id": "é"
    }
    assert read("a.csv", "id\né\n".encode("utf-16"), csv={"encoding": "utf-16"})[0][0][1] == {
        "id": "é"
    }
    assert read("a.csv", b"id,n\n'a,b',1\n", csv={"quote": "'"})[0] == [
        (0, {"id": "a,b", "n": "1"})
    ]
    multi = read("a.csv", b'id,n\n"a\nb",1\nc,2\n', csv={"newlines_in_values": True})
    assert multi == ([(0, {"id": "a\nb", "n": "1"}), (1, {"id": "c", "n": "2"})], [])
    assert read("a.csv", b'id,n\n"a\nb",1\n')[1] == [
        (0, "unbalanced_quotes"),
        (1, "unbalanced_quotes"),
    ]


def test_a_byte_that_the_encoding_does_not_have_spoils_its_line():
    rows, unreadable = read("a.csv", b"id\na\n\x81\nb\n", csv={"encoding": "cp1252"})
    assert [row["id"] for _, row in rows] == ["a", "b"]
    assert unreadable == [(1, "invalid_utf8")]


def test_a_header_with_a_name_twice_is_refused():
    with pytest.raises(SourceReadError, match=r"a\.csv.*'id' more than once"):
        read("a.csv", b"id,id\n1,2\n")


def test_parquet_keeps_types():
    buffer = io.BytesIO()
    pq.write_table(pa.table({"id": [1, 2], "word": ["a", None]}), buffer)
    rows, unreadable = read("a.parquet", buffer.getvalue())
    assert rows == [(0, {"id": 1, "word": "a"}), (1, {"id": 2, "word": None})]
    assert unreadable == []


@pytest.mark.parametrize("ending", ["gz", "bz2", "zst"])
def test_compressed_files_and_their_broken_ends(ending):
    content = b"".join(b'{"id": "%d"}\n' % number for number in range(5000))
    packed = {
        "gz": gzip.compress, "bz2": bz2.compress,
        "zst": lambda data: pa.compress(data, codec="zstd", asbytes=True),
    }[ending](content)  # fmt: skip
    name = f"a.jsonl.{ending}"
    rows, _ = read(name, packed)
    assert [int(row["id"]) for _, row in rows] == list(range(5000))
    with pytest.raises((EOFError, OSError)):
        opened(name, packed[: len(packed) // 2]).content_hash()


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.jsonl", b""), ("a.csv", b""), ("a.csv", b"id,n\n"), ("a.jsonl", b"\n")],
)
def test_empty_files_are_one_empty_chunk(name, content):
    assert read(name, content) == ([], [])


@pytest.mark.parametrize("name", ["a.parquet", "a.jsonl.gz"])
def test_what_cannot_be_read_names_the_file(name):
    with pytest.raises(SourceReadError, match=f"{name}: it cannot be read"):
        read(name, b"rubbish")


@pytest.mark.parametrize("maximum", [1, 3, 7, 1000])
def test_chunks_cover_a_file_whatever_their_size(monkeypatch, maximum):
    for module in (chunk_module, csv, json_lines, parquet_reader):
        monkeypatch.setattr(module, "MAX_ROWS", maximum)
    numbers = list(range(20))
    lines = b"".join(b'{"id": "%d"}\n' % number for number in numbers)
    table = b"id\n" + b"".join(b"%d\n" % number for number in numbers)
    buffer = io.BytesIO()
    pq.write_table(pa.table({"id": [str(number) for number in numbers]}), buffer, row_group_size=6)
    for name, content in (("a.jsonl", lines), ("a.csv", table), ("a.parquet", buffer.getvalue())):
        rows, _ = read(name, content)
        assert rows == [(number, {"id": str(number)}) for number in numbers]


def test_the_rest_of_a_chunk():
    (whole,) = read_chunks(opened("a.jsonl", b'{"id": "a"}\nx\n{"id": "b"}\n{'), feed())
    rest = whole.starting_at(1)
    assert rest.records.to_pylist() == [{"id": "b"}]
    assert [each.position for each in rest.unreadable] == [1, 3]
    assert (rest.first_position, rest.end_position) == (1, 4)
    assert whole.starting_at(0) is whole


def test_column_names_without_reading_records():
    assert list(column_names(opened("a.csv", b"id,n\nbroken"), feed())) == [("id", "n")]
    assert list(column_names(opened("a.jsonl", b'{"b": 1}\n{"a": 1}\n'), feed())) == [("a", "b")]


def test_keys_that_are_data_do_not_make_a_column_each():
    lines = b"".join(b'{"id": "x", "key%d": 1}\n' % number for number in range(1500))
    (only,) = read_chunks(opened("a.jsonl", lines), feed(columns={"transaction_id": "id"}))
    assert only.columns == ("further_columns", "id")
    assert only.records.column("further_columns")[7].as_py() == '{"key7":1}'
