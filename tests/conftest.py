"""What all tests share: real servers on free ports, and what the markers `real`, `heavy` and `prove` mean."""

from collections.abc import Generator, Iterator
from contextlib import ExitStack
from functools import cache

import pytest
import structlog
import typer.main
import typer.testing
from coverage import Coverage
from hypothesis import settings

from tests.support.covered_second import PROCESSES, covered_at_first, uncovered
from tests.support.paths import REAL
from tests.support.scale import FULL, with_covered_processes
from tests.support.servers import Influxd, Mosquitto, StartInfluxd, StartMosquitto

# No seconds are asserted in tests; hypothesis' usual hundred examples a property are `./do prove`'s.
settings.register_profile("liangqu", deadline=None, max_examples=100 if FULL else 25)
settings.load_profile("liangqu")

PROCESS_COVERED = pytest.StashKey[bool]()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """A worker measures once: what began before pytest-cov knew of it would go on where this pauses."""
    while hasattr(session.config, "workerinput") and (beneath := Coverage.current()) is not None:
        beneath.stop()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests marked `real` are skipped without the measurements; `prove` is `./do prove`'s alone.

    Files with a `server` or a `heavy` test come first: at the end no worker is left alone with a long one.
    """
    proofs = [item for item in items if item.get_closest_marker("prove")]
    if proofs and not FULL:
        config.hook.pytest_deselected(items=proofs)
        items[:] = [item for item in items if not item.get_closest_marker("prove")]
    long = {_file(item) for item in items if {"server", "heavy"} & item.keywords.keys()}
    items.sort(key=lambda item: _file(item) not in long)
    covered = with_covered_processes(item.nodeid for item in items if not item.get_closest_marker("heavy"))
    for item in items:
        item.stash[PROCESS_COVERED] = item.nodeid in covered
        if item.get_closest_marker("heavy"):
            item.add_marker("no_cover")  # pytest-cov pauses
        if item.get_closest_marker("real") and not REAL.is_dir():
            item.add_marker(pytest.mark.skip(reason=f"no real measurements at {REAL}"))


def _file(item: pytest.Item) -> str:
    return item.nodeid.partition("::")[0]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Processes have coverage where `scale.py` says so; those of tests marked `heavy` never have."""
    with pytest.MonkeyPatch.context() as environment:
        if not item.stash[PROCESS_COVERED]:
            environment.delenv(PROCESSES, raising=False)
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    """What a test marked `heavy` is the first to ask for is made without coverage too."""
    with uncovered(Coverage.current() if item.get_closest_marker("heavy") else None):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """What a test does after its first second is not covered; that of tests marked `heavy` never is."""
    with covered_at_first(None if item.get_closest_marker("heavy") else Coverage.current()):
        return (yield)


@pytest.fixture(scope="session", autouse=True)
def _one_tree_of_commands() -> Iterator[None]:
    """A call inside the test's process takes the commands as typer read them for the first call.

    A process of its own reads them once too; anew for each call they cost more than most commands do.
    """
    read = cache(typer.main.get_command)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.main, "get_command", read)
        patch.setattr(typer.testing, "_get_command", read)
        yield


@pytest.fixture(autouse=True)
def _own_logs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A test's set-up of logs ends with it; a logger that was cached would escape `capture_logs` later."""
    configure = structlog.configure
    monkeypatch.setattr(
        structlog, "configure", lambda **options: configure(**options | {"cache_logger_on_first_use": False})
    )
    yield
    if structlog.is_configured():
        structlog.reset_defaults()


@pytest.fixture
def start_mosquitto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartMosquitto]:
    """A running broker each call; `extra` lines of mosquitto.conf are added. All end with the test."""
    with ExitStack() as started:

        def start(extra: str = "") -> Mosquitto:
            server = Mosquitto(tmp_path_factory.mktemp("mosquitto"), extra)
            started.callback(server.kill)
            return server.start()

        yield start


@pytest.fixture
def mosquitto(start_mosquitto: StartMosquitto) -> Mosquitto:
    """A running broker of this test's own; stop, kill and start it at will."""
    return start_mosquitto()


@pytest.fixture
def start_influxd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartInfluxd]:
    """A running InfluxDB each call, to be killed and started again.

    `extra` is added under [http], `data` under [data].
    """
    with ExitStack() as started:

        def start(extra: str = "", data: str = "") -> Influxd:
            server = Influxd(tmp_path_factory.mktemp("influxd"), extra, data)
            started.callback(server.kill)
            return server.start()

        yield start


@pytest.fixture(scope="session")
def influxd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Influxd]:
    """One running InfluxDB for all tests: use a database of your own in it and never end it."""
    server = Influxd(tmp_path_factory.mktemp("influxd"))
    try:
        yield server.start()
    finally:
        server.kill()
