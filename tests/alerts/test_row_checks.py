"""Rows with words that this build does not have: they are set aside when the journal is opened."""

from datetime import UTC, datetime

import msgspec
import pytest

from alerts.notify.event import test_event as an_event
from alerts.row_checks import CHECKS

EVENT = msgspec.json.encode(an_event("Wang", datetime(2026, 3, 1, tzinfo=UTC)))
READ = next(check.read for check in CHECKS if check.table == "notification")
EPISODE = next(check for check in CHECKS if check.table == "episode")
COLUMNS = EPISODE.columns.split(", ")
FAR = 10**17  # ms: beyond year 9999


@pytest.mark.parametrize("word", ["state", "reason", "statistic", "severity"])
def test_an_event_with_a_word_of_another_build_is_set_aside(word: str) -> None:
    event = msgspec.json.decode(EVENT)

    READ(EVENT, None)
    with pytest.raises(msgspec.ValidationError, match=rf"\$\.{word}"):
        READ(msgspec.json.encode(event | {word: "forgotten"}), None)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        pytest.param("begun_ms", FAR, id="it began after all time"),
        pytest.param("ended_ms", -FAR, id="it ended before all time"),
        pytest.param("peak_at_ms", FAR, id="its peak lies after all time"),
        pytest.param("acked_at_ms", FAR, id="it was acknowledged after all time"),
        pytest.param("decided_ms", FAR, id="it was over after all time"),
        pytest.param("severity", "forgotten", id="a severity of another build"),
        pytest.param("announced", "forgotten", id="what was announced is no severity"),
        pytest.param("document", EVENT.replace(b"firing", b"forgotten"), id="an event of another build"),
        pytest.param("document", b"{", id="an event that was cut"),
    ],
)
def test_an_episode_with_a_cell_that_cannot_be_is_set_aside(column: str, value: object) -> None:
    good = dict.fromkeys(COLUMNS, None) | {
        "begun_ms": 0, "severity": "watch", "document": EVENT,
    }  # fmt: skip

    EPISODE.read(*good.values())
    with pytest.raises((ValueError, OverflowError)):
        EPISODE.read(*(good | {column: value}).values())


@pytest.mark.parametrize(
    ("column", "value"),
    [
        pytest.param("begun_ms", FAR, id="it began after all time"),
        pytest.param("calm_ms", -FAR, id="calm before all time"),
        pytest.param("notified_at_ms", FAR, id="its last message went out after all time"),
        pytest.param("severity", "forgotten", id="a severity of another build"),
        pytest.param("notified_severity", "forgotten", id="what was notified is no severity"),
        pytest.param("cause", "forgotten", id="a cause of another build"),
        pytest.param("step", -1, id="a step before the first"),
        pytest.param("step", 10_000, id="a step beyond any escalation"),
        pytest.param("places", -1, id="fewer than no stations"),
    ],
)
def test_an_event_with_a_cell_that_cannot_be_is_set_aside_too(column: str, value: object) -> None:
    check = next(check for check in CHECKS if check.table == "event")
    good = dict.fromkeys(check.columns.split(", "), None) | {
        "id": "1", "area": "zone-city", "cause": "particles", "category": "exceedance", "severity": "watch",
        "begun_ms": 0, "acked_by": "", "note": "", "places": 1, "step": 0,
    }  # fmt: skip

    check.read(*good.values())
    with pytest.raises((ValueError, OverflowError)):
        check.read(*(good | {column: value}).values())
