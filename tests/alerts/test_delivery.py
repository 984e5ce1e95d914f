"""From the outbox to one channel: whatever it does, it has taken a message or is asked again later."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.client import BadStatusLine, LineTooLong
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from alerts import outbox
from alerts.channels import ChannelError, Message
from alerts.delivery import Delivery
from alerts.document import test_document as document
from alerts.duty import Recipient
from alerts.notify_file import Notify
from ingest.journal.journal import Journal

NOW = datetime(2026, 3, 1, 4, tzinfo=UTC)


class Way:
    """Raises as it is told."""

    def __init__(self) -> None:
        self.failure: Exception | None = None
        self.sent: list[Message] = []

    def send(self, message: Message) -> None:
        if self.failure is not None:
            raise self.failure
        self.sent.append(message)

    def close(self) -> None:
        """Nothing is held."""


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    journal = Journal(tmp_path / "journal.db")
    yield journal
    journal.close()


@pytest.mark.parametrize(
    ("failure", "trouble"),
    [
        pytest.param(ChannelError("the hook answered 500"), "the hook answered 500", id="not taken"),
        pytest.param(BadStatusLine("SSH geheim"), "internal error: BadStatusLine", id="no HTTP"),
        pytest.param(LineTooLong("geheim"), "internal error: LineTooLong", id="too long"),
        pytest.param(ssl.SSLError("geheim"), "internal error: SSLError", id="TLS"),
        pytest.param(OSError(2, "geheim"), "internal error: FileNotFoundError", id="system"),
        pytest.param(TimeoutError("geheim"), "internal error: TimeoutError", id="slow"),
        pytest.param(ZeroDivisionError("geheim"), "internal error: ZeroDivisionError", id="a mistake"),
        pytest.param(RecursionError("geheim"), "internal error: RecursionError", id="too deep"),
        pytest.param(MemoryError("geheim"), "internal error: MemoryError", id="too large"),
    ],
)
def test_what_a_channel_fails_by_is_said_and_tried_again(
    journal: Journal, failure: Exception, trouble: str
) -> None:
    way = Way()
    delivery = Delivery(journal, "hook", way, Notify(), link=lambda *_: "", language="zh")
    with journal.transaction() as connection:
        outbox.add(connection, document("x", NOW), Recipient("hook", ""), "test", now=NOW, due=NOW)
    way.failure = failure

    with capture_logs() as logged:
        assert not delivery.step(NOW)

    assert delivery.trouble == trouble
    assert "geheim" not in str(logged)
    way.failure = None
    assert not delivery.step(NOW)  # not at once
    assert delivery.step(NOW + timedelta(seconds=2))
    assert delivery.trouble == ""
    assert len(way.sent) == 1
