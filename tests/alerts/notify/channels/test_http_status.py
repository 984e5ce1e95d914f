"""What each status of HTTP says of a message: for good, after a time, or perhaps later."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from alerts.notify.channels import BusyError, ChannelError, ChannelMessage, RefusedError
from alerts.notify.channels.http_status import requested_pause, status_error
from alerts.notify.channels.opening import open_channel
from alerts.notify.channels.row import ChannelRow
from alerts.notify.duty import Recipient
from alerts.notify.event import test_event as document
from alerts.notify.outbox import Notification
from alerts.texts.messages import to_message
from tests.support.peers.scripted_peer import ScriptedPeer, answering

NOW = datetime(2026, 3, 1, 4, tzinfo=UTC)
FOR_GOOD, A_WHILE, PERHAPS = RefusedError, BusyError, ChannelError
STATUSES = [
    pytest.param(301, PERHAPS, id="301 moved, and perhaps back: RFC 9110 15.4.2"),
    pytest.param(302, PERHAPS, id="302 found, a login page: RFC 9110 15.4.3"),
    pytest.param(307, PERHAPS, id="307 for now elsewhere: RFC 9110 15.4.8"),
    pytest.param(308, PERHAPS, id="308 moved, and perhaps back: RFC 9110 15.4.9"),
    pytest.param(400, FOR_GOOD, id="400 bad request: RFC 9110 15.5.1"),
    pytest.param(401, FOR_GOOD, id="401 wrong token: RFC 9110 15.5.2"),
    pytest.param(403, FOR_GOOD, id="403 forbidden: RFC 9110 15.5.4"),
    pytest.param(404, FOR_GOOD, id="404 no such hook: RFC 9110 15.5.5"),
    pytest.param(405, FOR_GOOD, id="405 takes no POST: RFC 9110 15.5.6"),
    pytest.param(408, PERHAPS, id="408 time-out: RFC 9110 15.5.9"),
    pytest.param(409, PERHAPS, id="409 conflict: RFC 9110 15.5.10"),
    pytest.param(410, FOR_GOOD, id="410 gone: RFC 9110 15.5.11"),
    pytest.param(413, FOR_GOOD, id="413 too large: RFC 9110 15.5.14"),
    pytest.param(421, PERHAPS, id="421 misdirected: RFC 9110 15.5.20"),
    pytest.param(422, FOR_GOOD, id="422 content: RFC 9110 15.5.21"),
    pytest.param(423, PERHAPS, id="423 locked: RFC 4918 11.3"),
    pytest.param(425, PERHAPS, id="425 too early: RFC 8470 5.2"),
    pytest.param(429, A_WHILE, id="429 too many: RFC 6585 4"),
    pytest.param(451, FOR_GOOD, id="451 legal reasons: RFC 7725 3"),
    pytest.param(500, PERHAPS, id="500 their error: RFC 9110 15.6.1"),
    pytest.param(502, PERHAPS, id="502 bad gateway: RFC 9110 15.6.3"),
    pytest.param(503, PERHAPS, id="503 away, without a time: RFC 9110 15.6.4"),
    pytest.param(504, PERHAPS, id="504 gateway's time-out: RFC 9110 15.6.5"),
]


@pytest.mark.parametrize(("status", "verdict"), STATUSES)
def test_what_a_webhooks_status_means(status: int, verdict: type[ChannelError]) -> None:
    notice = Notification(1, "a-1/x/hook", Recipient("hook"), document("x", NOW), NOW, 0)
    message: ChannelMessage = to_message([notice], "zh", lambda *_: "")
    answer = b"HTTP/1.1 %d x\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n" % status
    with ScriptedPeer(answering(answer)) as peer:
        channel = open_channel(ChannelRow("hook", webhook=f"http://{peer.place}/hook", timeout="5s"))
        with pytest.raises(ChannelError, match=str(status)) as failed:
            channel.send(message)

    assert type(failed.value) is verdict


@pytest.mark.parametrize("status", [400, 413, 422, 404])
def test_what_the_message_is_to_blame_for(status: int) -> None:
    error = status_error("x", status, {})

    assert isinstance(error, RefusedError)
    assert error.content == (status != 404)


@pytest.mark.parametrize("status", [429, 503])
def test_a_time_that_is_named_is_kept(status: int) -> None:
    error = status_error("x", status, {"Retry-After": "17"})

    assert isinstance(error, BusyError)
    assert error.after == 17


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        pytest.param("0", 0, id="at once"),
        pytest.param("12", 12, id="seconds"),
        pytest.param("86400", 300, id="a day: five minutes at most"),
        pytest.param("soon", 0, id="words"),
        pytest.param("Thu, 01 Jan 1970 00:00:00 GMT", 0, id="a date long over"),
        pytest.param("Thu, 01 Jan 1970 00:00:00 -0000", 0, id="a date without a zone"),
        pytest.param("Thu, 99 Jan 9999 00:00:00 GMT", 0, id="no date"),
    ],
)
def test_retry_after(text: str, seconds: float) -> None:
    assert requested_pause({"Retry-After": text}) == seconds


def test_retry_after_as_a_date() -> None:
    """RFC 9110, 10.2.3: seconds or a date."""
    when = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)

    assert 90 < requested_pause({"Retry-After": when}) <= 100
