"""Rows with words that this build does not have: they are set aside when the journal is opened."""

from datetime import UTC, datetime

import msgspec
import pytest

from alerts.notify.event import test_event as an_event
from alerts.row_checks import CHECKS

EVENT = msgspec.json.encode(an_event("Wang", datetime(2026, 3, 1, tzinfo=UTC)))
READ = next(check.read for check in CHECKS if check.table == "notification")


@pytest.mark.parametrize("word", ["state", "reason", "statistic", "severity"])
def test_an_event_with_a_word_of_another_build_is_set_aside(word: str) -> None:
    event = msgspec.json.decode(EVENT)

    READ(EVENT, None)
    with pytest.raises(msgspec.ValidationError, match=rf"\$\.{word}"):
        READ(msgspec.json.encode(event | {word: "forgotten"}), None)
