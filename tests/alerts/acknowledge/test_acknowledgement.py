"""What a message on the handling topic asks for, whoever sent it and whatever it holds."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.acknowledge import acknowledgement
from alerts.acknowledge.acknowledgement import Acknowledgement, record_ack
from ingest.journal import accounting
from ingest.journal.audit import read_audit
from ingest.journal.file import Journal
from sensors.model import Refused


def test_a_wish_is_read() -> None:
    asked = acknowledgement.parse_acknowledgement(
        "e1", b'{"action": "ack", "by": "li", "note": "gone to look", "key": "k", "more": 1}'
    )

    assert asked == Acknowledgement("e1", "li", "gone to look", "k", is_message=True)


@pytest.mark.parametrize("depth", [20_000, 200_000])  # Python 3.13 reads 5,000, and skips an unknown key
@pytest.mark.parametrize(
    ("opened", "closed"),
    [
        pytest.param(b'{"a":', b"}", id="objects"),
        pytest.param(b"[", b"]", id="arrays"),
        pytest.param(b'{"by":"li","action":"ack","note":[', b"]}", id="both, in a known key"),
        pytest.param(b'{"by":"li","action":"ack","x":[', b"]}", id="both, in an unknown key"),
    ],
)
def test_deep_nesting_is_refused(opened: bytes, closed: bytes, depth: int) -> None:
    for payload in (opened * depth, opened * depth + b"1" + closed * depth):
        assert isinstance(acknowledgement.parse_acknowledgement("e1", payload), Refused)


def test_deep_nesting_says_so() -> None:
    refused = acknowledgement.parse_acknowledgement("e1", b'{"a":' * 20_000)

    assert refused == Refused("not_json", "nested too deeply to be read")


@given(st.binary(max_size=80))
def test_any_bytes_are_a_wish_or_a_refusal(payload: bytes) -> None:
    assert isinstance(acknowledgement.parse_acknowledgement("e1", payload), Acknowledgement | Refused)


@pytest.mark.parametrize("is_message", [True, False])
def test_what_is_said_over_mqtt_stands_in_the_audit_list(is_message: bool, tmp_path: Path) -> None:
    """A command's has its row since it was submitted. Nobody knows the episode: it is another shard's."""
    now = datetime(2026, 11, 28, 1, tzinfo=UTC)
    with closing(Journal(tmp_path / "journal.db")) as journal, journal.transaction() as connection:
        record_ack(connection, Acknowledgement("e1", "li", "gone to look", is_message=is_message), now)
        rows = [(row.who, row.door, row.what, row.why) for row in read_audit(connection)]
        passed_over = accounting.read_count(connection, f"{accounting.PASSED_OVER}unknown_episode")

    assert rows == [("li", "mqtt", "ack", "gone to look")] * is_message
    assert passed_over == is_message
