"""The quarantine: kept with position and reason, replayed by item, bounded whatever comes."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.journal import counts, inbox, quarantine
from ingest.journal.inbox import HEAD, Message
from ingest.journal.journal import Journal
from ingest.journal.quarantine import Filter
from sensors.seams import Refused

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
BOUND = 1_000_000
TEXT = Refused("wrong_type", "a value is a JSON number", "values.pm25")
NAN = Refused("not_a_number", "NaN", "values.no2")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(Journal(tmp_path / "journal.db")) as opened:
        yield opened


def refuse(journal: Journal, message: Message, *items: Refused) -> None:
    """As the pipeline does it: the items are counted where they arise."""
    with journal.transaction() as connection:
        quarantine.add(connection, message, items, BOUND)
        counts.change(connection, {"items": len(items)})


def kept(journal: Journal, which: Filter | None = None) -> list[quarantine.Kept]:
    return list(quarantine.kept(journal.connection(), which or Filter()))


def test_what_was_refused_is_kept_with_everything_needed_to_judge_it(journal: Journal) -> None:
    refuse(journal, Message("liangqu/air/wujinku", b"\xff{", NOW), TEXT, NAN)

    newest, oldest = kept(journal)
    assert (newest.reason, newest.position, oldest.reason) == ("not_a_number", "values.no2", "wrong_type")
    assert (newest.topic, newest.site, newest.payload, newest.received) == (
        "liangqu/air/wujinku", "wujinku", b"\xff{", NOW,
    )  # fmt: skip
    assert counts.read(journal.connection())["refused:wrong_type"] == 1


@pytest.mark.parametrize(
    ("which", "reasons"),
    [
        pytest.param(Filter(reason="wrong_type"), ["wrong_type"], id="by reason"),
        pytest.param(Filter(site="wujinku"), ["not_a_number", "wrong_type"], id="by site"),
        pytest.param(Filter(site="elsewhere"), [], id="another site"),
        pytest.param(Filter(ids=(2,)), ["not_a_number"], id="by number"),
        pytest.param(Filter(), ["not_a_number", "wrong_type"], id="all"),
    ],
)
def test_items_are_found(which: Filter, reasons: list[str], journal: Journal) -> None:
    refuse(journal, Message("liangqu/air/wujinku", b"{", NOW), TEXT, NAN)

    assert [item.reason for item in kept(journal, which)] == reasons


def test_one_item_replayed_leaves_its_neighbours(journal: Journal) -> None:
    refuse(journal, Message("liangqu/air/wujinku", b"{}", NOW), TEXT, NAN)
    with journal.transaction() as connection:
        assert quarantine.replay(connection, Filter(reason="wrong_type"), "keep") == (1, 0)

    (back,) = inbox.take(journal.connection(), 10)
    assert (back.payload, back.received, back.conflict, back.positions) == (
        b"{}",
        NOW,
        "keep",
        ("values.pm25",),
    )
    assert [item.reason for item in kept(journal)] == ["not_a_number"]
    assert counts.gaps(counts.read(journal.connection())) == {"messages": 0, "items": 0}


def test_items_of_one_message_are_replayed_together(journal: Journal) -> None:
    refuse(journal, Message("liangqu/air/wujinku", b"{}", NOW), TEXT, NAN)
    with journal.transaction() as connection:
        quarantine.replay(connection, Filter(), "revise")

    (back,) = inbox.take(journal.connection(), 10)
    assert back.positions == ("values.pm25", "values.no2")
    assert kept(journal) == []


def test_a_cut_payload_stays(journal: Journal) -> None:
    cut = inbox.cut("liangqu/air/wujinku", b"x" * 9000, NOW, max_payload=5000)
    refuse(journal, cut, Refused("oversize", "9000 bytes"))
    with journal.transaction() as connection:
        assert quarantine.replay(connection, Filter(), "keep") == (0, 1)

    (item,) = kept(journal)
    assert (item.length, item.cut, len(item.payload), item.sha256) == (9000, True, HEAD, cut.sha256)


def test_dropping_counts_as_dropped(journal: Journal) -> None:
    refuse(journal, Message("liangqu/air/wujinku", b"{}", NOW), TEXT, NAN)
    with journal.transaction() as connection:
        assert quarantine.drop(connection, Filter(reason="wrong_type")) == 1

    found = counts.read(journal.connection())
    assert (found["dropped"], found["quarantined"], found["items"]) == (1, 1, 2)


def test_one_bad_logger_is_cut_then_only_counted_and_leaves_room_for_others(journal: Journal) -> None:
    for number in range(200):
        refuse(journal, Message("liangqu/air/bad", f"{number:>8192}".encode(), NOW), TEXT)
    refuse(journal, Message("liangqu/air/good", b"y" * 8192, NOW), TEXT)

    whole = [item for item in kept(journal, Filter(site="bad")) if not item.cut]
    cut = [item for item in kept(journal, Filter(site="bad")) if item.cut]
    share = BOUND / quarantine.SITE_SHARE
    assert 0 < sum(len(item.payload) for item in whole) <= share / 2
    assert 0 < sum(len(item.payload) for item in whole + cut) <= share
    assert not next(iter(kept(journal, Filter(site="good")))).cut
    assert counts.read(journal.connection())["quarantined"] == 201  # all of them, rows or not


def test_many_sites_together_stay_within_the_bound(journal: Journal) -> None:
    for number in range(400):
        refuse(journal, Message(f"liangqu/air/s{number}", b"z" * 8192, NOW), TEXT)

    assert sum(len(item.payload) for item in kept(journal)) <= BOUND


def test_topics_weigh_too(journal: Journal) -> None:
    for number in range(100):
        refuse(journal, Message(f"{'t' * 60_000}/s{number}", b"", NOW), TEXT)

    assert sum(len(item.topic) for item in kept(journal)) <= BOUND
    assert counts.read(journal.connection())["quarantined"] == 100
    with journal.transaction() as connection:
        quarantine.drop(connection, Filter())
    assert journal.connection().execute("SELECT * FROM quarantine_bytes").fetchall() == []


def test_room_comes_back_when_items_leave(journal: Journal) -> None:
    for _ in range(3):
        for number in range(50):
            refuse(journal, Message(f"liangqu/air/s{number}", b"z" * 8000, NOW), TEXT, NAN)
        assert not any(item.cut for item in kept(journal))
        with journal.transaction() as connection:
            quarantine.drop(connection, Filter())

    assert journal.connection().execute("SELECT * FROM quarantine_bytes").fetchall() == []
