"""The pipeline, batch by batch: what only shows where the parts are joined."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from ingest import pipeline
from ingest.journal import accounting, check_state, inbox, outgoing, quarantine, requests
from ingest.journal.database.disk_reserve import Reserve
from ingest.journal.entries import PointEntry
from ingest.journal.file import Journal
from ingest.journal.inbox import InboxMessage
from ingest.journal.quarantine import QuarantineFilter
from ingest.pipeline import Pipeline
from ingest.stores.sender import StoreSender
from ingest.stores.sqlite.store import SqliteStore
from liangqu.service.metrics import journal_metrics
from sensors.catalogue import loader
from sensors.catalogue.model import Catalogue
from sensors.catalogue.value_settings import missing_codes
from sensors.decoding import decoder
from sensors.decoding.types import Decoded, InputBounds
from sensors.model import Point

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
BOUNDS = InputBounds(earliest=datetime(2000, 1, 1, tzinfo=UTC), max_ahead=timedelta(minutes=5))
CATALOGUE = loader.load()


class SteppedPipeline:
    """Journal, pipeline, sender and store in one folder."""

    def __init__(self, folder: Path, bounds: InputBounds = BOUNDS, catalogue: Catalogue = CATALOGUE) -> None:
        self.folder = folder
        self.catalogue = catalogue
        self.bounds = bounds
        self.open()

    def open(self, journal: str = "journal.db") -> None:
        self.journal = Journal(self.folder / journal)
        self.store = SqliteStore(self.folder / "liangqu.db")
        self.pipeline = Pipeline(
            self.journal, self.catalogue, self.bounds, prefix="liangqu", quarantine_limit=10**6
        )
        self.sender = StoreSender(self.journal, self.store, prefix="liangqu", quarantine_limit=10**6)

    def close(self) -> None:
        self.store.close()
        self.journal.close()

    def receive(self, *hours_and_values: tuple[int, float | str], site: str = "wujinku") -> None:
        """PM2.5 readings of some hours ago, each a message, worked on as one batch."""
        payloads = [
            json.dumps({"time": (NOW - timedelta(hours=h)).isoformat(), "values": {"pm25": v}}).encode()
            for h, v in hours_and_values
        ]
        with self.journal.transaction() as connection:
            inbox.add(connection, [InboxMessage(f"liangqu/air/{site}", p, NOW) for p in payloads])
        while self.pipeline.step():
            pass

    def settle(self) -> None:
        """Everything outgoing into the store."""
        while self.sender.step(NOW):
            pass

    def accounts(self) -> dict[str, int]:
        found = accounting.read_counts(self.journal.connection())
        assert accounting.imbalances(found) == {"messages": 0, "items": 0}
        return {name: found[name] for name in ("stored", "duplicate", "revised", "quarantined", "late")}

    def stored(self) -> list[tuple[float, str, str]]:
        frame = self.store.readings("wujinku", "pm25", NOW - timedelta(days=30), NOW + timedelta(days=1))
        return list(frame[["value", "failed", "validity"]].itertuples(index=False, name=None))


@pytest.fixture
def harness(tmp_path: Path) -> Iterator[SteppedPipeline]:
    with closing(SteppedPipeline(tmp_path)) as built:
        built.settle()
        yield built


@pytest.mark.parametrize("order", [("pm25", "pm10"), ("pm10", "pm25")])
def test_pm25_above_pm10_is_kept_with_a_remark_and_counts(tmp_path: Path, order: tuple[str, str]) -> None:
    """An hour of it: both values have the remark, the newest and the late, and the mean is of all."""
    stepped, values = SteppedPipeline(tmp_path), {"pm25": 80.0, "pm10": 30.0}
    minutes = [*range(60, 0, -5), 90]  # the last one is late
    payloads = [
        json.dumps(
            {
                "time": (NOW - timedelta(minutes=minute)).isoformat(),
                "values": {name: values[name] for name in order},
            }
        ).encode()
        for minute in minutes
    ]
    with stepped.journal.transaction() as connection:
        inbox.add(connection, [InboxMessage("liangqu/air/wujinku", each, NOW) for each in payloads])
    while stepped.pipeline.step():
        pass
    stepped.settle()

    span = NOW - timedelta(days=1), NOW + timedelta(days=1)
    frames = {name: stepped.store.readings("wujinku", name, *span) for name in order}
    means = stepped.store.statistics("wujinku", "pm25", "1h", *span)
    stepped.close()

    for name, frame in frames.items():
        assert {*frame["value"]} == {values[name]}
        assert {*frame["failed"]} == {"inversion"}
        assert {*frame["validity"]} == {"valid"}
        assert len(frame) == len(minutes)
    assert {*means["value"]} == {80.0}


def test_a_new_journal_over_an_old_store_takes_nothing_old_for_new(harness: SteppedPipeline) -> None:
    harness.receive((5, 10.0), (4, 11.0), (3, 12.0))
    harness.settle()
    harness.close()
    harness.open("another-journal.db")

    harness.receive((5, 10.0), (4, 99.0), (2, 13.0))
    harness.settle()

    assert harness.accounts() == {"stored": 1, "duplicate": 1, "revised": 1, "quarantined": 0, "late": 0}
    assert [value for value, _, _ in harness.stored()] == [10.0, 99.0, 12.0, 13.0]


def test_once_the_store_is_known_late_readings_are_told_by_it(harness: SteppedPipeline) -> None:
    harness.receive((5, 10.0))
    harness.settle()
    harness.close()
    harness.open("another-journal.db")
    harness.settle()

    harness.receive((6, 9.0), (4, 11.0))
    harness.settle()

    assert harness.accounts() == {"stored": 2, "duplicate": 0, "revised": 0, "quarantined": 0, "late": 1}


def test_tolerances_are_counted_by_site_in_messages(harness: SteppedPipeline) -> None:
    good = json.dumps({"time": NOW.isoformat(), "values": {"pm25": 31.5}}).encode()
    sent = [("wujinku", good + b"\0"), ("wujinku", good * 3), ("wujinku", good.replace(b"31.5", b"+31.5,"))]
    with harness.journal.transaction() as connection:
        inbox.add(connection, [InboxMessage(f"liangqu/air/{site}", p, NOW) for site, p in sent])
    harness.pipeline.step()

    (family,) = [one for one in journal_metrics(harness.journal, 10**9) if one.name == "liangqu_tolerated"]
    assert {(*sample.labels.values(), sample.value) for sample in family.samples} == {
        ("wujinku", "framing", 2.0),
        ("wujinku", "number_form", 1.0),
        ("wujinku", "trailing_comma", 1.0),
    }


def test_a_spike_is_amended_one_reading_late(harness: SteppedPipeline) -> None:
    harness.receive((5, 10.0), (4, 2000.0), (3, 11.0))
    harness.settle()

    assert harness.stored() == [
        (10.0, "", "valid"),
        (2000.0, "step,spike", "suspect"),
        (11.0, "", "valid"),
    ]
    assert harness.accounts()["stored"] == 3


def test_a_spike_that_was_revised_meanwhile_is_not_amended(harness: SteppedPipeline) -> None:
    harness.receive((5, 10.0), (4, 2000.0), (4, 12.0), (3, 11.0))
    harness.settle()

    assert [value for value, _, _ in harness.stored()] == [10.0, 12.0, 11.0]
    assert harness.stored()[1] == (12.0, "", "valid")


def test_what_the_checks_remember_survives_a_restart(harness: SteppedPipeline) -> None:
    harness.receive((5, 10.0), (4, 2000.0))
    harness.close()
    harness.open()
    harness.receive((3, 11.0))
    harness.settle()

    assert harness.stored()[1] == (2000.0, "step,spike", "suspect")


def test_a_bug_in_reading_one_message_costs_that_message(
    harness: SteppedPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound = decoder.decode_message

    def faulty(topic: str, *rest: Any, **more: Any) -> Decoded:
        if topic.endswith("yanchang"):
            raise ZeroDivisionError("a bug")
        return sound(topic, *rest, **more)

    monkeypatch.setattr(decoder, "decode_message", faulty)
    with harness.journal.transaction() as connection:
        payload = json.dumps({"time": NOW.isoformat(), "values": {"pm25": 1.0}}).encode()
        inbox.add(
            connection, [InboxMessage(f"liangqu/air/{s}", payload, NOW) for s in ("yanchang", "wujinku")]
        )
    harness.pipeline.step()

    (item,) = quarantine.items(harness.journal.connection(), QuarantineFilter())
    assert (item.reason, item.detail) == ("internal_error", "ZeroDivisionError: a bug")
    assert outgoing.fetch(harness.journal.connection(), 10) is not None


def _broken(*_: object) -> None:
    raise sqlite3.OperationalError("disk I/O error")


def test_a_failing_transaction_leaves_the_inbox_and_the_memory_as_they_were(
    harness: SteppedPipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness.receive((5, 10.0))
    with monkeypatch.context() as broken:
        broken.setattr(check_state, "record_last_seen", _broken)
        with pytest.raises(sqlite3.OperationalError):
            harness.receive((4, 11.0))

    while harness.pipeline.step():
        pass
    harness.settle()

    assert harness.accounts()["stored"] == 2
    assert [value for value, _, _ in harness.stored()] == [10.0, 11.0]


def test_readings_that_were_refused_for_their_site_come_in_when_the_catalogue_knows_it(
    harness: SteppedPipeline,
) -> None:
    harness.receive((5, 10.0), site="new-site")
    assert harness.accounts()["quarantined"] == 1
    harness.close()
    known = loader.load([_extra(harness.folder)])
    harness.journal = Journal(harness.folder / "journal.db")
    harness.store = SqliteStore(harness.folder / "liangqu.db")
    harness.pipeline = Pipeline(harness.journal, known, BOUNDS, prefix="liangqu", quarantine_limit=10**6)
    harness.sender = StoreSender(harness.journal, harness.store, prefix="liangqu", quarantine_limit=10**6)

    with harness.journal.transaction() as connection:
        assert quarantine.replay(connection, QuarantineFilter(reason="unknown_site"), "keep") == (1, 0)
    harness.pipeline.step()
    harness.settle()

    assert harness.accounts() == {"stored": 1, "duplicate": 0, "revised": 0, "quarantined": 0, "late": 0}


def test_what_is_too_old_to_be_live_comes_in_when_a_person_asks_for_it(tmp_path: Path) -> None:
    with closing(SteppedPipeline(tmp_path, replace(BOUNDS, max_age=timedelta(days=20)))) as harness:
        harness.settle()
        harness.receive((20 * 24, 10.0), (20 * 24 + 1, 11.0))
        assert harness.accounts()["quarantined"] == 1
        detail = quarantine.newest_detail(harness.journal.connection(), "time_too_old")
        assert "is of 2026-11-02, 20 days old" in detail

        with harness.journal.transaction() as connection:
            assert quarantine.replay(connection, QuarantineFilter(reason="time_too_old"), "keep") == (1, 0)
        harness.pipeline.step()
        harness.settle()

        assert [value for value, _, _ in harness.stored()] == [11.0, 10.0]


def with_settings(**settings: Any) -> Catalogue:
    """The shipped catalogue, wujinku's row with these settings."""
    site = replace(CATALOGUE.sites["wujinku"], **settings)
    return replace(CATALOGUE, sites=dict(CATALOGUE.sites) | {site.id: site})


def values_and_sent(harness: SteppedPipeline) -> list[tuple[float, str, str]]:
    frame = harness.store.readings("wujinku", "pm25", NOW - timedelta(days=30), NOW + timedelta(days=1))
    return list(frame[["value", "sent", "failed"]].itertuples(index=False, name=None))


def test_what_is_below_detection_is_a_duplicate_again_and_a_revision_as_a_number(
    harness: SteppedPipeline,
) -> None:
    """0.5 is half of 1; as a number it says something else."""
    harness.receive((5, "<1"), (4, 7.0), (4, "<1"), (3, "<1"))
    harness.receive((5, "<1"), (3, 0.5))
    harness.settle()

    assert harness.accounts() == {"stored": 3, "duplicate": 1, "revised": 2, "quarantined": 0, "late": 0}
    assert values_and_sent(harness) == [(0.5, "<1", ""), (0.5, "<1", ""), (0.5, "", "")]


def test_what_was_sent_survives_a_restart_and_a_later_look_at_its_neighbour(tmp_path: Path) -> None:
    """A value within the noise between two high ones is a spike, as the third shows after the restart."""
    known = with_settings(floor={"pm25": -5.0}, detection_limit={"pm25": 2.0})
    with closing(SteppedPipeline(tmp_path, catalogue=known)) as harness:
        harness.settle()
        harness.receive((3, 700.0), (2, -4.0))
        harness.close()
        harness.open()
        harness.receive((1, 700.0))
        harness.settle()

        assert values_and_sent(harness) == [(700.0, "", ""), (1.0, "-4", "spike"), (700.0, "", "")]


def test_missing_values_are_items_of_their_own_outcome(tmp_path: Path) -> None:
    known = with_settings(missing=missing_codes((-99.8, "NA")))
    with closing(SteppedPipeline(tmp_path, catalogue=known)) as harness:
        harness.receive((3, -99.8), (2, "NA"), (1, 31.0), (0, "x"))
        harness.settle()

        assert harness.accounts() == {"stored": 1, "duplicate": 0, "revised": 0, "quarantined": 1, "late": 0}
        counts = accounting.read_counts(harness.journal.connection())
        assert (counts["missing"], counts["items"]) == (2, 4)


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        pytest.param(
            "liangqu/air/yanchang", b'{"time": "2026-03-01T00:00:00Z", "values": {}}', id="no values"
        ),
        pytest.param("liangqu/air/yanchang", b"[]", id="an empty array"),
        pytest.param(
            "liangqu/air/yanchang",
            b'{"time": "2026-03-01T00:00:00Z", "values": {"pm25": null, "o3": null}}',
            id="null alone",
        ),
    ],
)
def test_a_message_that_brings_nothing_is_counted(topic: str, payload: bytes, tmp_path: Path) -> None:
    """A sensor that sends only null was received and processed, and stood under no outcome."""
    with closing(SteppedPipeline(tmp_path)) as harness:
        with harness.journal.transaction() as connection:
            inbox.add(connection, [InboxMessage(topic, payload, NOW)])
        while harness.pipeline.step():
            pass

        counts = accounting.read_counts(harness.journal.connection())
        assert (counts["missing"], counts["items"]) == (1, 1)
        assert accounting.imbalances(counts) == dict.fromkeys(accounting.imbalances(counts), 0)


def _extra(folder: Path) -> Path:
    file = folder / "my-sites.toml"
    file.write_text(
        '[[site]]\nid = "new-site"\nmedium = "air"\nname = { zh = "新站", en = "New" }\nzone = "city"\n',
        encoding="utf-8",
    )
    return file


def test_late_days_wait_to_be_recomputed(harness: SteppedPipeline) -> None:
    harness.receive((5, 10.0), (30, 9.0))
    harness.settle()

    assert requests.recompute_rows(harness.journal.connection()) == [("wujinku", "2026-11-21", "late")]


def test_on_a_full_disk_batches_are_small(
    harness: SteppedPipeline,
) -> None:
    """The next is worked on only when the store has taken the last."""
    harness.journal.reserve = Reserve(harness.journal.path, 10**18)  # no disk has room for it again
    assert harness.journal.disk_is_full()
    with harness.journal.transaction(frees=True) as connection:
        inbox.add(connection, [InboxMessage("liangqu/air/wujinku", b"{}", NOW) for _ in range(150)])
        rain = Point("annotation", {"site": "wujinku"}, {"text": "rain"}, NOW)
        outgoing.add(connection, [PointEntry(rain)])

    assert harness.pipeline.step() == 0
    harness.settle()
    assert [harness.pipeline.step() for _ in range(3)] == [pipeline.LOW_DISK_BATCH, 50, 0]
