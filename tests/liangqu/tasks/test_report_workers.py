"""A report made by several processes: the same files, also where one of them is lost."""

import os
import signal
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from dashboards.reports.month import Month
from liangqu.config.errors import ProblemError
from liangqu.config.settings import Settings, load
from liangqu.tasks.progress import Advance
from liangqu.tasks.reports.report import make_report
from liangqu.tasks.reports.workers import batches, open_workers
from sensors.catalogue import loader
from tests.support.compiled_report import NOW, simulated_store

MONTH = Month.parse("2026-10")
SITES = ("wujinku", "renmin-gongyuan", "shiji-haoyuan", "yunding", "guyangshu", "bahaoqiao", "houcheng")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("workers")
    simulated_store(folder, loader.load(), SITES, datetime(2026, 10, 3, tzinfo=UTC), timedelta(days=2))
    (folder / "liangqu.toml").write_text("")
    return load(folder / "liangqu.toml")


def files_of(page: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in page.parent.iterdir()}


def test_the_files_are_the_same_though_a_worker_is_killed(settings: Settings, tmp_path: Path) -> None:
    """Two workers; one is killed when the first sites have come, so that what it was at is done again."""
    pytest.importorskip("distributed")
    alone = make_report(settings, MONTH, tmp_path / "alone", "zh", NOW)
    killed, seen = list[int](), list[int]()

    with open_workers(settings, workers=2) as workers:
        assert workers is not None

        @contextmanager
        def progress(_unit: str, total: int | None = None) -> Iterator[Advance]:
            def advance(done: int) -> None:
                if not killed:
                    pids = workers._client.run(os.getpid)
                    killed.append(next(iter(pids.values())))
                    os.kill(killed[0], signal.SIGKILL)
                seen.append(done)

            yield advance
            assert seen == sorted(seen)
            assert seen[-1] == total

        made = make_report(settings, MONTH, tmp_path / "two", "zh", NOW, progress=progress, workers=workers)

    assert killed
    assert len(seen) > 2
    assert files_of(made.page) == files_of(alone.page)


@pytest.mark.parametrize(
    ("sites", "workers", "sizes"),
    [
        pytest.param(0, 2, [], id="nothing"),
        pytest.param(3, 2, [1, 1, 1], id="few"),
        pytest.param(100, 2, [7] * 14 + [2], id="eight a worker"),
        pytest.param(1000, 2, [20] * 50, id="at most 20"),
        pytest.param(3, 0, [1, 1, 1], id="no worker has joined yet"),
    ],
)
def test_sites_stay_in_their_order(sites: int, workers: int, sizes: Sequence[int]) -> None:
    ids = [f"s{number}" for number in range(sites)]

    found = batches(ids, workers)

    assert [len(one) for one in found] == sizes
    assert [id_ for one in found for id_ in one] == ids


def no_scheduler() -> dict[str, Any]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return {"scheduler": f"tcp://127.0.0.1:{free.getsockname()[1]}"}


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        pytest.param({"scheduler": "tcp://10.0.0.5:8786", "workers": 2}, "give one of them", id="both"),
        pytest.param({"scheduler": "ftp://nowhere"}, "is not reached", id="no address"),
        pytest.param(no_scheduler(), "is not reached", id="nobody there"),
    ],
)
def test_what_cannot_be_is_said(
    asked: dict[str, Any], said: str, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("liangqu.tasks.reports.workers._REACHED_S", 0.5)
    with pytest.raises(ProblemError, match=said), open_workers(settings, **asked):
        pass


def test_without_either_nobody_is_asked_for(settings: Settings) -> None:
    with open_workers(settings) as workers:
        assert workers is None
