"""`import` into a store that refuses a whole field: it waits as a service's readings do."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from ingest.importing.importer import HistoricMessage, Importer
from ingest.journal import accounting, quarantine
from ingest.journal.file import Journal
from ingest.stores import held_retry
from ingest.stores.held_back import HeldBack
from ingest.stores.sender import StoreSender
from sensors.catalogue import loader
from sensors.decoding.types import InputBounds
from tests.support.choosy_store import PM25, TODAY, Choosy

HOURS = 30
BOUNDS = InputBounds(earliest=TODAY - timedelta(days=9999), max_ahead=timedelta(minutes=5))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Choosy]:
    with closing(Choosy(tmp_path / "liangqu.db")) as made:
        made.prepare()
        yield made


def bring_in(journal: Journal, store: Choosy, days_ago: int = 0) -> Counter[str]:
    """Hours of both particles up to so many days ago: the outcomes."""
    importer = Importer(
        journal,
        store,
        loader.load(),
        BOUNDS,
        conflict="keep",
        source="import",
        prefix="liangqu",
        quarantine_limit=10**6,
    )
    last = TODAY - timedelta(days=days_ago, hours=1)
    past = [
        HistoricMessage(
            "liangqu/air/wujinku",
            json.dumps(
                {
                    "time": (last - timedelta(hours=hour)).isoformat(),
                    "values": {"pm25": hour, "pm10": 40 + hour},
                }
            ).encode(),
        )
        for hour in range(HOURS)
    ]
    return sum(importer.take(past, TODAY), Counter[str]())


def quarantined(journal: Journal) -> int:
    return quarantine.count(journal.connection(), "refused_by_store")


def stored(store: Choosy, parameter: str) -> int:
    return len(store.readings("wujinku", parameter, TODAY - timedelta(days=99), TODAY + timedelta(days=9)))


def test_what_the_store_takes_nothing_of_waits_and_is_written_by_a_running_service(
    tmp_path: Path, store: Choosy, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It went to the quarantine, where the same readings of a station wait (decision 0102)."""
    monkeypatch.setattr(held_retry, "RETRY_S", 0.0)
    store.refused = {PM25}
    with closing(Journal(tmp_path / "journal.db")) as journal:
        sender = StoreSender(journal, store, prefix="liangqu", quarantine_limit=10**6)
        sender.step(TODAY)  # it runs, and has seen that nothing is held

        total = bring_in(journal, store)

        assert (total["stored"], total["outgoing"], total["quarantined"]) == (HOURS, HOURS, 0)
        assert (quarantined(journal), stored(store, "pm25"), stored(store, "pm10")) == (0, 0, HOURS)
        sender.step(TODAY)
        assert sender.trouble.startswith("it takes nothing of air pm25: no; 30 entries wait")

        store.refused = set()
        while sender.step(TODAY) or sender.trouble:
            pass

        assert stored(store, "pm25") == HOURS
        counts = accounting.read_counts(journal.connection())
        assert (counts["outgoing"], counts["stored"]) == (0, 2 * HOURS)
        assert accounting.imbalances(counts) == {"messages": 0, "items": 0}


def test_what_is_imported_twice_while_it_waits_is_counted_once(
    tmp_path: Path, store: Choosy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_retry, "RETRY_S", 0.0)
    store.refused = {PM25}
    with closing(Journal(tmp_path / "journal.db")) as journal:
        bring_in(journal, store)
        again = bring_in(journal, store)
        store.refused = set()
        sender = StoreSender(journal, store, prefix="liangqu", quarantine_limit=10**6)
        while sender.step(TODAY) or sender.trouble:
            pass

        counts = accounting.read_counts(journal.connection())

    assert (again["duplicate"], again["outgoing"]) == (HOURS, HOURS)
    assert (counts["stored"], counts["duplicate"], counts["outgoing"]) == (2 * HOURS, 2 * HOURS, 0)
    assert accounting.imbalances(counts) == {"messages": 0, "items": 0}


def test_old_points_that_are_refused_say_nothing_of_today(tmp_path: Path, store: Choosy) -> None:
    """As from a service: InfluxDB knows a field's type by the week."""
    store.refused = {PM25}
    with closing(Journal(tmp_path / "journal.db")) as journal:
        total = bring_in(journal, store, days_ago=30)

        assert (total["outgoing"], total["quarantined"]) == (0, HOURS)
        assert HeldBack(journal).is_empty
        assert quarantined(journal) == HOURS
