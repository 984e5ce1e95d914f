"""The register of events: which one an id, or the beginning of one, names."""

from pathlib import Path

import pytest

from alerts.events import register
from tests.support import rule_streams
from tests.support.alerting_harness import AlertingHarness
from tests.support.query_plans import scans_of

NAMED = [
    pytest.param("ab1000000000", "ab1000000000", id="an event"),
    pytest.param("ab1", "ab1000000000", id="the beginning of one"),
    pytest.param("cd", "ab2000000000", id="an episode's"),
    pytest.param("ab", None, id="of two events, though of one episode alone"),
    pytest.param("ab4", None, id="of what is over"),
    pytest.param("e", None, id="of nothing"),
]


@pytest.mark.parametrize(("id_", "event"), NAMED)
def test_an_id_names_one_open_event_or_nothing(id_: str, event: str | None, tmp_path: Path) -> None:
    d = AlertingHarness(tmp_path, own=[rule_streams.rule()])
    for site in ("taizicheng", "wujinku"):
        d.reading(site, {"pm25": 40.0})
    first, second = (each.id for each in d.register())
    with d.journal.transaction() as connection:
        events = {each.id: each.event_id for each in d.register()}
        for former, new in ((events[first], "ab1000000000"), (events[second], "ab2000000000")):
            connection.execute("UPDATE event SET id = ? WHERE id = ?", (new, former))
            connection.execute("UPDATE episode SET event = ? WHERE event = ?", (new, former))
        for former, new in ((first, "ab3000000000"), (second, "cd0000000000")):
            connection.execute("UPDATE episode SET id = ? WHERE id = ?", (new, former))
        connection.execute(
            "INSERT INTO event (id, area, cause, category, severity, begun_ms, ended_ms)"
            " VALUES ('ab4000000000', 'x', 'ozone', 'exceedance', 'watch', 0, 1)"
        )

        found, open_ = register.to_acknowledge(connection, id_)

    assert (None if found is None else found.id) == event
    assert [each.event_id for each in open_] == ([event] if event else [])


def test_open_events_are_read_of_the_index_that_has_no_others(tmp_path: Path) -> None:
    """Asked each second; the events of years stay in the table."""
    harness = AlertingHarness(tmp_path)  # which closes the journal when nobody has it any more
    connection = harness.journal.connection()

    scans = scans_of(connection, lambda: register.open_events(connection))

    assert scans == ["SCAN event USING INDEX event_open"]
