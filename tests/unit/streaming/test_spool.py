"""The spool: what is appended is read again, once, whatever happens to the process."""

import os

import pytest

from streaming_ingest.producers import Spool, SpoolError, SpoolFullError
from streaming_ingest.streams import Outgoing

EVERYTHING = (1_000, 10**9)


def records(*numbers: int) -> list[Outgoing]:
    return [Outgoing(f"k{number % 3}", b"%d" % number) for number in numbers]


def numbers(spooled) -> list[int]:
    return [int(one.record.data) for one in spooled]


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "spool"


def test_records_come_back_in_order_with_key_and_data(folder):
    spool = Spool(folder)
    odd = [Outgoing("", b""), Outgoing("ключ", bytes(range(256)))]
    spool.append(odd)
    spool.append(records(1, 2))
    assert len(spool) == 4
    assert [one.record for one in spool.read(*EVERYTHING)] == odd + records(1, 2)
    assert spool.read(*EVERYTHING) == []


def test_reading_is_bounded_and_goes_on(folder):
    spool = Spool(folder)
    spool.append(records(*range(10)))
    assert numbers(spool.read(3, 10**9)) == [0, 1, 2]
    assert numbers(spool.read(100, 40)) == [3, 4], "a frame is 12 bytes, a key 2, the data 1"
    assert numbers(spool.read(1, 1)) == [5], "one record goes, however large"
    assert numbers(spool.read(*EVERYTHING)) == [6, 7, 8, 9]


def test_after_a_restart_what_was_not_acknowledged_comes_again(folder):
    spool = Spool(folder)
    spool.append(records(*range(6)))
    read = spool.read(*EVERYTHING)
    spool.acknowledge([read[0].position, read[2].position, read[5].position])
    spool.close()
    again = Spool(folder)
    assert len(again) == 3
    assert numbers(again.read(*EVERYTHING)) == [1, 3, 4]


def test_acknowledged_segments_leave_the_disk(folder):
    spool = Spool(folder, segment_bytes=40)
    for number in range(6):
        spool.append(records(number))
    assert len(list(folder.glob("*.spool"))) == 2
    read = spool.read(*EVERYTHING)
    spool.acknowledge([one.position for one in read[:5]])
    assert len(list(folder.glob("*.spool"))) == 1
    spool.acknowledge([read[5].position])
    assert [path.name for path in folder.iterdir()] == [".lock"]
    spool.append(records(6))
    assert numbers(spool.read(*EVERYTHING)) == [6]


@pytest.mark.parametrize("kept", range(1, 15))
def test_a_torn_tail_is_dropped_wherever_it_is_torn(folder, kept):
    spool = Spool(folder)
    spool.append(records(1))
    whole = spool.size_bytes
    spool.append(records(2))
    spool.close()
    (segment,) = folder.glob("*.spool")
    os.truncate(segment, whole + kept)
    again = Spool(folder)
    again.append(records(3))
    assert numbers(again.read(*EVERYTHING)) == [1, 3]
    again.close()
    assert numbers(Spool(folder).read(*EVERYTHING)) == [1, 3]


def test_a_tail_of_other_bytes_is_dropped(folder):
    spool = Spool(folder)
    spool.append(records(1))
    spool.close()
    (segment,) = folder.glob("*.spool")
    with segment.open("ab") as file:
        file.write(bytes(500))
    assert numbers(Spool(folder).read(*EVERYTHING)) == [1]


def test_damage_before_the_last_segment_is_an_error(folder):
    spool = Spool(folder, segment_bytes=1)
    spool.append(records(1))
    spool.append(records(2))
    spool.close()
    first = min(folder.glob("*.spool"))
    content = bytearray(first.read_bytes())
    content[-1] ^= 1
    first.write_bytes(content)
    with pytest.raises(SpoolError, match="damaged at byte 0: restore the file, or move it away"):
        Spool(folder)


def test_a_torn_acknowledgement_counts_as_none(folder):
    spool = Spool(folder)
    spool.append(records(1, 2, 3))
    read = spool.read(*EVERYTHING)
    spool.acknowledge([read[0].position])
    spool.acknowledge([read[1].position])
    spool.close()
    (notes,) = folder.glob("*.acknowledged")
    os.truncate(notes, notes.stat().st_size - 5)
    again = Spool(folder)
    again.acknowledge([read[2].position])
    again.close()
    assert numbers(Spool(folder).read(*EVERYTHING)) == [2]


def test_notes_of_a_removed_segment_say_nothing_about_a_later_one(folder):
    spool = Spool(folder)
    spool.append(records(1))
    (read,) = spool.read(*EVERYTHING)
    spool.acknowledge([])
    spool.close()
    (segment,) = folder.glob("*.spool")
    notes = segment.with_suffix(".acknowledged")
    again = Spool(folder)
    again.append(records(2))
    again.acknowledge([read.position])
    again.close()
    segment.unlink()  # killed between removing the segment and its notes
    assert notes.exists()
    third = Spool(folder)
    third.append(records(3))
    assert numbers(third.read(*EVERYTHING)) == [3]


def test_one_process_has_it_open(folder):
    spool = Spool(folder)
    with pytest.raises(SpoolError, match="open in another process"):
        Spool(folder)
    spool.close()
    Spool(folder).close()


def test_a_full_spool_takes_nothing_of_a_group(folder):
    spool = Spool(folder, most_bytes=40)
    spool.append(records(1, 2))
    with pytest.raises(SpoolFullError, match="holds 30 of 40 bytes"):
        spool.append(records(3))
    assert numbers(spool.read(*EVERYTHING)) == [1, 2]


def test_a_failed_append_leaves_no_record_behind(folder, monkeypatch):
    spool = Spool(folder)
    spool.append(records(1))

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(SpoolError, match=r"No space left on device.*were not taken"):
            spool.append(records(2))
    spool.append(records(3))
    assert numbers(spool.read(*EVERYTHING)) == [1, 3]
    spool.close()
    assert numbers(Spool(folder).read(*EVERYTHING)) == [1, 3]
