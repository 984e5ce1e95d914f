"""The quarantine: kept with position and reason, replayed by item, bounded whatever comes."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.journal import accounting, inbox, quarantine, refusals
from ingest.journal.file import Journal
from ingest.journal.inbox import HEAD, InboxMessage
from ingest.journal.quarantine import QuarantineFilter
from sensors.calendar import to_ms
from sensors.model import Refused
from tests.support.query_plans import scans_of

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
BOUND = 1_000_000
TEXT = Refused("wrong_type", "a value is a JSON number", "values.pm25")
NAN = Refused("not_a_number", "NaN", "values.no2")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(Journal(tmp_path / "journal.db")) as opened:
        yield opened


def refuse(journal: Journal, message: InboxMessage, *items: Refused) -> None:
    """As the pipeline does it: the items are counted where they arise."""
    with journal.transaction() as connection:
        quarantine.add(connection, message, items, BOUND)
        accounting.add(connection, {"items": len(items)})


def kept(journal: Journal, which: QuarantineFilter | None = None) -> list[quarantine.QuarantinedItem]:
    return list(quarantine.items(journal.connection(), which or QuarantineFilter()))


def test_what_was_refused_is_kept_with_everything_needed_to_judge_it(journal: Journal) -> None:
    refuse(journal, InboxMessage("liangqu/air/wujinku", b"\xff{", NOW), TEXT, NAN)

    newest, oldest = kept(journal)
    assert (newest.reason, newest.position, oldest.reason) == ("not_a_number", "values.no2", "wrong_type")
    assert (newest.topic, newest.site, newest.payload, newest.received) == (
        "liangqu/air/wujinku", "wujinku", b"\xff{", NOW,
    )  # fmt: skip
    assert accounting.read_counts(journal.connection())["refused:wrong_type"] == 1


@pytest.mark.parametrize(
    ("which", "reasons"),
    [
        pytest.param(QuarantineFilter(reason="wrong_type"), ["wrong_type"], id="by reason"),
        pytest.param(QuarantineFilter(site="wujinku"), ["not_a_number", "wrong_type"], id="by site"),
        pytest.param(QuarantineFilter(site="elsewhere"), [], id="another site"),
        pytest.param(QuarantineFilter(ids=(2,)), ["not_a_number"], id="by number"),
        pytest.param(QuarantineFilter(), ["not_a_number", "wrong_type"], id="all"),
    ],
)
def test_items_are_found(which: QuarantineFilter, reasons: list[str], journal: Journal) -> None:
    refuse(journal, InboxMessage("liangqu/air/wujinku", b"{", NOW), TEXT, NAN)

    assert [item.reason for item in kept(journal, which)] == reasons


def test_one_item_replayed_leaves_its_neighbours(journal: Journal) -> None:
    refuse(journal, InboxMessage("liangqu/air/wujinku", b"{}", NOW), TEXT, NAN)
    with journal.transaction() as connection:
        assert quarantine.replay(connection, QuarantineFilter(reason="wrong_type"), "keep") == (1, 0)

    (back,) = inbox.fetch(journal.connection(), 10)
    assert (back.payload, back.received, back.conflict, back.positions) == (
        b"{}",
        NOW,
        "keep",
        ("values.pm25",),
    )
    assert [item.reason for item in kept(journal)] == ["not_a_number"]
    assert accounting.imbalances(accounting.read_counts(journal.connection())) == {"messages": 0, "items": 0}


def test_items_of_one_message_are_replayed_together(journal: Journal) -> None:
    refuse(journal, InboxMessage("liangqu/air/wujinku", b"{}", NOW), TEXT, NAN)
    with journal.transaction() as connection:
        quarantine.replay(connection, QuarantineFilter(), "revise")

    (back,) = inbox.fetch(journal.connection(), 10)
    assert back.positions == ("values.pm25", "values.no2")
    assert kept(journal) == []


def test_a_cut_payload_stays(journal: Journal) -> None:
    cut = inbox.to_inbox_message("liangqu/air/wujinku", b"x" * 9000, NOW, max_payload=5000)
    refuse(journal, cut, Refused("oversize", "9000 bytes"))
    with journal.transaction() as connection:
        assert quarantine.replay(connection, QuarantineFilter(), "keep") == (0, 1)

    (item,) = kept(journal)
    assert (item.length, item.cut, len(item.payload), item.sha256) == (9000, True, HEAD, cut.sha256)


def test_dropping_counts_as_dropped(journal: Journal) -> None:
    refuse(journal, InboxMessage("liangqu/air/wujinku", b"{}", NOW), TEXT, NAN)
    with journal.transaction() as connection:
        assert quarantine.drop(connection, QuarantineFilter(reason="wrong_type")) == 1

    found = accounting.read_counts(journal.connection())
    assert (found["dropped"], found["quarantined"], found["items"]) == (1, 1, 2)


def test_one_bad_logger_is_cut_then_only_counted_and_leaves_room_for_others(journal: Journal) -> None:
    for number in range(200):
        refuse(journal, InboxMessage("liangqu/air/bad", f"{number:>8192}".encode(), NOW), TEXT)
    refuse(journal, InboxMessage("liangqu/air/good", b"y" * 8192, NOW), TEXT)

    whole = [item for item in kept(journal, QuarantineFilter(site="bad")) if not item.cut]
    cut = [item for item in kept(journal, QuarantineFilter(site="bad")) if item.cut]
    share = BOUND / quarantine.SITE_SHARE
    assert 0 < sum(len(item.payload) for item in whole) <= share / 2
    assert 0 < sum(len(item.payload) for item in whole + cut) <= share
    assert not next(iter(kept(journal, QuarantineFilter(site="good")))).cut
    assert accounting.read_counts(journal.connection())["quarantined"] == 201  # all of them, rows or not


def test_many_sites_together_stay_within_the_bound(journal: Journal) -> None:
    for number in range(400):
        refuse(journal, InboxMessage(f"liangqu/air/s{number}", b"z" * 8192, NOW), TEXT)

    assert sum(len(item.payload) for item in kept(journal)) <= BOUND


def test_topics_weigh_too(journal: Journal) -> None:
    for number in range(100):
        refuse(journal, InboxMessage(f"{'t' * 60_000}/s{number}", b"", NOW), TEXT)

    assert sum(len(item.topic) for item in kept(journal)) <= BOUND
    assert accounting.read_counts(journal.connection())["quarantined"] == 100
    with journal.transaction() as connection:
        quarantine.drop(connection, QuarantineFilter())
    assert journal.connection().execute("SELECT * FROM quarantine_bytes").fetchall() == []


def test_room_comes_back_when_items_leave(journal: Journal) -> None:
    for _ in range(3):
        for number in range(50):
            refuse(journal, InboxMessage(f"liangqu/air/s{number}", b"z" * 8000, NOW), TEXT, NAN)
        assert not any(item.cut for item in kept(journal))
        with journal.transaction() as connection:
            quarantine.drop(connection, QuarantineFilter())

    assert journal.connection().execute("SELECT * FROM quarantine_bytes").fetchall() == []


def test_what_was_refused_lately_is_found_without_reading_all_of_it(journal: Journal) -> None:
    """`liangqu run` asks the first each second, `liangqu status` the other; a quarantine may be large."""
    connection = journal.connection()
    for hour in range(3):
        refuse(journal, InboxMessage("liangqu/air/wujinku", b"{", NOW + timedelta(hours=hour)), TEXT, NAN)

    assert scans_of(connection, lambda: refusals.new_refusals(connection, 0)) == []
    assert scans_of(connection, lambda: refusals.count_since(connection, NOW)) == []
    newest = to_ms(NOW + timedelta(hours=2))
    assert refusals.count_since(connection, NOW + timedelta(hours=1)) == {
        "not_a_number": (2, newest),
        "wrong_type": (2, newest),
    }
