"""A load that is killed anywhere and run again ends as one that was not."""

import multiprocessing
import random
import signal
import time

import pytest
import shop
from landed import check_accounts, content, mapping_of, settings_in

from batch_ingest import land
from sentinel.lake import Lake

ROUNDS = 16


class PowerCutError(BaseException):
    """Ends a load like a power cut would: nothing catches it."""


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shop")
    return shop.write(
        folder,
        {
            "1.csv": shop.payments(0, 40),
            "2.jsonl": shop.payments(40, 80),
            "3.parquet": shop.payments(80, 120),
            "4.csv.gz": shop.payments(120, 160),
        },
    )


def load(home, source) -> None:
    """One whole load; what the killed process runs."""
    land(settings_in(home), mapping_of(home.parent, shop.MAPPING), str(source))


@pytest.fixture(scope="module")
def clean(tmp_path_factory, source):
    home = tmp_path_factory.mktemp("clean") / "home"
    load(home, source)
    return content(settings_in(home))


@pytest.mark.parametrize("after", [False, True], ids=["before a write", "after a write"])
def test_cut_off_at_every_single_write(tmp_path, monkeypatch, after):
    files = {"1.csv": shop.payments(0, 20), "2.jsonl": shop.payments(20, 40)}
    source = shop.write(tmp_path / "in", files)
    (tmp_path / "clean").mkdir()
    load(tmp_path / "clean" / "home", source)
    clean = content(settings_in(tmp_path / "clean" / "home"))
    writes = [0]
    put, put_if_absent = Lake.put, Lake.put_if_absent

    def cutting(write, at):
        def wrapped(*arguments):
            writes[0] += 1
            if writes[0] == at and not after:
                raise PowerCutError
            done = write(*arguments)
            if writes[0] == at and after:
                raise PowerCutError
            return done

        return wrapped

    at = 0
    while True:
        at += 1
        writes[0] = 0
        folder = tmp_path / str(at)
        folder.mkdir()
        monkeypatch.setattr(Lake, "put", cutting(put, at))
        monkeypatch.setattr(Lake, "put_if_absent", cutting(put_if_absent, at))
        try:
            load(folder / "home", source)
        except PowerCutError:
            pass
        else:
            break
        monkeypatch.setattr(Lake, "put", put)
        monkeypatch.setattr(Lake, "put_if_absent", put_if_absent)
        load(folder / "home", source)
        assert content(settings_in(folder / "home")) == clean, f"cut off at write {at}"
        check_accounts(settings_in(folder / "home"))
    assert at > 12


def test_killed_by_the_operating_system(tmp_path, source, clean):
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["batch_ingest.file_landing", "shop", "landed", "pandas"])
    whole = _seconds(context, tmp_path / "measured" / "home", source)
    drawn = random.Random(20261123)
    killed = 0
    for number in range(ROUNDS):
        home = tmp_path / str(number) / "home"
        home.parent.mkdir()
        for _ in range(drawn.randint(1, 2)):
            process = context.Process(target=load, args=(home, source))
            process.start()
            time.sleep(drawn.uniform(0.2, 1.0) * whole)
            process.kill()
            process.join()
            killed += process.exitcode == -signal.SIGKILL
        load(home, source)
        assert content(settings_in(home)) == clean, f"round {number}"
        check_accounts(settings_in(home))
    assert killed >= ROUNDS // 2, "the kills came too late to prove anything"


def _seconds(context, home, source) -> float:
    home.parent.mkdir()
    durations = []
    for _ in range(2):  # the first process also starts the fork server
        started = time.monotonic()
        process = context.Process(target=load, args=(home, source))
        process.start()
        process.join()
        assert process.exitcode == 0
        durations.append(time.monotonic() - started)
        home = home.with_name("again")
    return durations[-1]
