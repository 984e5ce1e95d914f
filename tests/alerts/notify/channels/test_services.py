"""The services of apprise that services.toml names, against a server that refuses as their documents say."""

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from time import monotonic
from typing import Any, Self
from urllib.parse import urlsplit

import pytest
import requests
from msgspec import Struct, structs

from alerts.notify.channels import BusyError, ChannelError, ChannelMessage, Limits, RefusedError
from alerts.notify.channels.apprise import AppriseChannel
from alerts.notify.channels.opening import open_channel
from alerts.notify.channels.row import ChannelRow
from alerts.notify.channels.services import _by_schema, find_service
from alerts.notify.duty import Recipient
from alerts.notify.event import test_event as document
from alerts.notify.outbox import Notification
from alerts.texts.messages import to_message
from sensors.model import Name
from tests.support.peers.scripted_peer import ScriptedPeer, answering
from tests.support.servers import free_port

NOW = datetime(2026, 3, 1, 4, tzinfo=UTC)
Answer = tuple[int, bytes]


class Anybody:
    """A server that stands for every address, whatever the plugin asks for; answers as it is told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.answer: Answer = (200, b"")
        self.location = ""
        self.asked: list[tuple[str, bytes]] = []
        self.keys: list[str | None] = []
        anybody = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                anybody.asked.append((self.path, body))
                anybody.keys.append(self.headers["Idempotency-Key"])
                status, answer = anybody.answer
                self.send_response(status)
                if anybody.location:
                    self.send_header("Location", anybody.location)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            do_GET = do_PUT = do_POST  # noqa: N815 - http.server's names

            def log_message(self, *_args: object) -> None:
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        send = requests.adapters.HTTPAdapter.send

        def here(adapter: Any, request: requests.PreparedRequest, **options: Any) -> requests.Response:
            asked = urlsplit(request.url or "")
            request.url = f"http://127.0.0.1:{self._server.server_address[1]}{asked.path}?{asked.query}"
            return send(adapter, request, **options)

        monkeypatch.setattr(requests.adapters.HTTPAdapter, "send", here)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


@pytest.fixture
def anybody(monkeypatch: pytest.MonkeyPatch) -> Iterator[Anybody]:
    with Anybody(monkeypatch) as anybody:
        yield anybody


class Case(Struct, frozen=True):
    """A service: an address, what it answers when it has taken a message, and when it refuses one."""

    url: str
    taken: Sequence[Answer]
    refused: Sequence[Answer]
    is_text: bool = False  # its answers are no JSON


# The answers are those of the documents that services.toml names.
CASES = {
    "vonage": Case(
        "vonage://abcd1234:abcdefgh12345678@15551230000/15551230001",
        [(200, b'{"message-count":"1","messages":[{"to":"15551230001","message-id":"0A","status":"0"}]}')],
        [
            (200, b'{"message-count":"1","messages":[{"status":"4","error-text":"Bad Credentials"}]}'),
            (200, b'{"message-count":"2","messages":[{"status":"0"},{"status":"9","error-text":"Quota"}]}'),
            (200, b'{"message-count":"0","messages":[]}'),
        ],
    ),
    "msg91": Case(
        "msg91://" + "a" * 20 + "@" + "b" * 23 + "/15551230001",
        [(200, b'{"message":"3763646c3058373530393938","type":"success"}')],
        [(200, b'{"message":"Invalid authkey","type":"error"}')],
    ),
    "clicksend": Case(
        "clicksend://user:pass@15551230001",
        [(200, b'{"http_code":200,"response_code":"SUCCESS","data":{"messages":[{"status":"SUCCESS"}]}}')],
        [
            (200, b'{"response_code":"SUCCESS","data":{"messages":[{"status":"INVALID_RECIPIENT"}]}}'),
            (200, b'{"response_code":"SUCCESS","data":{"messages":[{"status":"SUCCESS"},{"status":"NO"}]}}'),
            (200, b'{"http_code":401,"response_code":"UNAUTHORIZED","data":null}'),
        ],
    ),
    "clickatell": Case(
        "clickatell://" + "a" * 32 + "/15551230001",
        [(202, b'{"messages":[{"apiMessageId":"7a","accepted":true,"to":"15551230001","error":null}]}')],
        [
            (202, b'{"messages":[{"apiMessageId":"","accepted":false,"to":"1","error":"Invalid number"}]}'),
            (200, b'{"messages":[],"error":"Invalid or missing integration API Key."}'),
        ],
    ),
    "bulksms": Case(
        "bulksms://user:pass@15551230001",
        [(201, b'[{"id":"1","type":"SENT","status":{"id":"ACCEPTED.null","type":"ACCEPTED"}}]')],
        [
            (201, b'[{"id":"1","type":"SENT","status":{"id":"FAILED.NOT_SENT","type":"FAILED"}}]'),
            (201, b"[]"),
            (403, b'{"type":"https://developer.bulksms.com/json/v1/errors#insufficient-credits"}'),
        ],
    ),
    "schan": Case(
        "schan://" + "a" * 24,
        [(200, b'{"code":0,"message":"","data":{"pushid":"1","readkey":"S","error":"SUCCESS","errno":0}}')],
        [
            (200, b'{"code":40001,"message":"[AUTH]bad sendkey","data":[]}'),
            (200, b'{"code":40001,"message":"too many messages today","info":"over limit"}'),
        ],
    ),
    "pushdeer": Case(
        "pushdeer://localhost/" + "a" * 24,
        [(200, b'{"code":0,"content":{"result":["{\\"counts\\":1,\\"success\\":\\"ok\\"}"]}}')],
        [(200, b'{"code":80501,"error":"wrong key"}'), (200, b'{"code":0,"content":{"result":[]}}')],
    ),
    "bark": Case(
        "bark://127.0.0.1/devicekey",
        [(200, b'{"code":200,"message":"success","timestamp":1700000000}')],
        [(200, b'{"code":400,"message":"failed to get device token","timestamp":1700000000}')],
    ),
    "spugpush": Case(
        "spugpush://" + "a" * 32,
        [(200, '{"code":200,"msg":"请求成功","request_id":"a"}'.encode())],
        [(200, '{"code":404,"msg":"模板不存在"}'.encode()), (200, '{"code":403,"msg":"余额不足"}'.encode())],
    ),
    "pushplus": Case(
        "pushplus://" + "a" * 32,
        [(200, '{"code":200,"msg":"请求成功","data":"a"}'.encode())],
        [(200, '{"code":903,"msg":"无效的用户令牌","data":null}'.encode()),
         (200, '{"code":900,"msg":"用户账号使用受限","data":null}'.encode())],
    ),
    "wxpusher": Case(
        "wxpusher://AT_appid/123",
        [(200, b'{"code":1000,"msg":"ok","data":[{"code":1000,"status":"ok"}],"success":true}')],
        [
            (200, b'{"code":1001,"msg":"no such token","data":null,"success":false}'),
            (200, b'{"code":1000,"msg":"ok","data":[{"code":1005,"status":"no such topic"}],"success":true}'),
        ],
    ),
    "slack": Case(
        "slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/",
        [(200, b"ok")],
        [(200, b"invalid_payload"), (403, b"action_prohibited"), (404, b"no_team"), (200, b"<html>")],
        is_text=True,
    ),
    "infobip": Case(
        "infobip://apikey@15551230000/15551230001",
        [(200, b'{"messages":[{"messageId":"1","status":{"groupId":1,"groupName":"PENDING"},"to":"1"}]}')],
        [
            (200, b'{"messages":[{"status":{"groupId":5,"groupName":"REJECTED","name":"NO_CREDIT"}}]}'),
            (401, b'{"requestError":{"serviceException":{"messageId":"UNAUTHORIZED"}}}'),
        ],
    ),
    "smseagle": Case(
        "smseagle://token@localhost/15551230001",
        [(200, b'{"result":[{"message_id":4753,"status":"ok"}]}')],
        [(200, b'{"result":[{"error_text":"Wrong login or password","status":"error"}]}')],
    ),
    "onebot": Case(
        "onebot://localhost/10001",
        [(200, b'{"status":"ok","retcode":0,"data":{"message_id":1}}')],
        [(200, b'{"status":"failed","retcode":100}'), (200, b'{"retcode":1400}')],
    ),
    "tgram": Case(
        "tgram://123456789:abcdefg_hijklmnop/12315544/",
        [(200, b'{"ok":true,"result":{"message_id":1}}')],
        [
            (400, b'{"ok":false,"error_code":400,"description":"Bad Request: can\'t parse entities"}'),
            (403, b'{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}'),
            (429, b'{"ok":false,"error_code":429,"parameters":{"retry_after":5}}'),
        ],
    ),
    "ntfy": Case(
        "ntfy://localhost/topic",
        [(200, b'{"id":"sPs71M8A2T","time":1643935928,"event":"message","topic":"topic"}')],
        [(403, b'{"code":40301,"http":403,"error":"forbidden"}'),
         (429, b'{"code":42901,"http":429,"error":"limit reached"}')],
    ),
    "gotify": Case(
        "gotify://localhost/token1234567890a",
        [(200, b'{"id":25,"appid":5,"message":"x","title":"y","priority":5}')],
        [(401, b'{"error":"Unauthorized","errorCode":401}')],
    ),
    "json": Case("json://localhost/x", [(200, b""), (204, b"")], [(400, b""), (500, b"{}")], is_text=True),
}  # fmt: skip


def note(name: str = "监测系统", address: str = "") -> ChannelMessage:
    words = f"【警告】{name}：过高"
    said = structs.replace(document("李", NOW), site_name=Name(name, name), text=Name(words, words))
    return to_message([Notification(1, "k", Recipient("c", "", address), said, NOW, 0)], "zh", lambda *_: "")


def opened(url: str) -> AppriseChannel:
    channel = open_channel(ChannelRow("c", url=url, timeout="5s"))
    assert isinstance(channel, AppriseChannel)
    return channel


def test_every_row_of_the_table_was_tried() -> None:
    tried = [find_service(schema) for schema in CASES]

    assert {row.schemas for row in tried if row} == {row.schemas for row in _by_schema().values()}


@pytest.mark.parametrize("schema", CASES)
def test_what_was_taken_is_sent_and_what_was_refused_is_not(schema: str, anybody: Anybody) -> None:
    """P1 of the review: the first nine counted refusals as sent."""
    case = CASES[schema]
    channel = opened(case.url)
    for anybody.answer in case.taken:
        channel.send(note())
    assert len(anybody.asked) == len(case.taken)
    for anybody.answer in case.refused:
        with pytest.raises(ChannelError) as failed:
            channel.send(note())
        assert "apprise could not" not in str(failed.value)


@pytest.mark.parametrize(
    "body", [b"", b"<html><body>welcome</body></html>", b"{}", b"[]", b"null", b"\xff", b"[" * 9000]
)
@pytest.mark.parametrize("schema", [schema for schema, case in CASES.items() if not case.is_text])
def test_rubbish_with_status_200_is_not_taken(schema: str, body: bytes, anybody: Anybody) -> None:
    anybody.answer = (200, body)

    with pytest.raises(ChannelError):
        opened(CASES[schema].url).send(note())


@pytest.mark.parametrize("schema", CASES)
@pytest.mark.parametrize("status", [301, 302, 303, 500])
def test_no_redirect_is_followed_and_the_status_is_said(schema: str, status: int, anybody: Anybody) -> None:
    channel = opened(CASES[schema].url)
    anybody.answer, anybody.location = (status, CASES[schema].taken[0][1]), "http://127.0.0.1/elsewhere"

    with pytest.raises(ChannelError, match=str(status)):
        channel.send(note())

    assert all(path != "/elsewhere?" for path, _ in anybody.asked)


def test_too_many_says_when_it_may_be_tried_again(anybody: Anybody) -> None:
    anybody.answer = CASES["tgram"].refused[2]
    with pytest.raises(BusyError) as busy:
        opened(CASES["tgram"].url).send(note())

    assert busy.value.after == 5  # as Telegram says


@pytest.mark.parametrize("named", [b"-1", b"0", b"1e9", b"99999999", b"true", b'"5"', b"null", b"[]"])
def test_a_time_that_is_none_is_half_a_minute(named: bytes, anybody: Anybody) -> None:
    anybody.answer = (429, b'{"ok":false,"parameters":{"retry_after":' + named + b"}}")
    with pytest.raises(BusyError) as busy:
        opened(CASES["tgram"].url).send(note())

    assert busy.value.after == 30


VONAGE = '{"message-count":"1","messages":[{"status":"%s","error-text":"x"}]}'
CLICKSEND = '{"response_code":"SUCCESS","data":{"messages":[{"status":"%s"}]}}'
FOR_GOOD, A_WHILE, PERHAPS = RefusedError, BusyError, ChannelError
VERDICTS = [  # by the documents that services.toml names, and RFC 9110 for a status
    *(
        pytest.param("vonage", (200, (VONAGE % code).encode()), verdict, id=f"Vonage {code}: {words}")
        for code, verdict, words in [
            ("1", A_WHILE, "throttled"), ("4", FOR_GOOD, "credentials"), ("5", PERHAPS, "error of theirs"),
            ("6", FOR_GOOD, "number"), ("7", FOR_GOOD, "barred"), ("9", FOR_GOOD, "no credit"),
            ("10", PERHAPS, "connections"), ("99", PERHAPS, "unknown"),
        ]
    ),
    *(
        pytest.param("clicksend", (200, (CLICKSEND % code).encode()), verdict, id=f"ClickSend {code}")
        for code, verdict in [
            ("INVALID_RECIPIENT", FOR_GOOD), ("INSUFFICIENT_CREDIT", FOR_GOOD), ("X", PERHAPS),
        ]
    ),
    *(
        pytest.param("pushplus", (200, b'{"code":%d}' % code), verdict, id=f"PushPlus {code}: {words}")
        for code, verdict, words in [
            (903, FOR_GOOD, "token"), (900, FOR_GOOD, "barred for days"), (500, PERHAPS, "error of theirs"),
            (999, PERHAPS, "unknown"),
        ]
    ),
    pytest.param("tgram", CASES["tgram"].refused[0], FOR_GOOD, id="Telegram 400: the text"),
    pytest.param("tgram", CASES["tgram"].refused[1], FOR_GOOD, id="Telegram 403: blocked by the person"),
    pytest.param("slack", (404, b"no_team"), FOR_GOOD, id="Slack 404"),
    pytest.param("slack", (500, b"rollup_error"), PERHAPS, id="Slack 500"),
    pytest.param("ntfy", CASES["ntfy"].refused[1], A_WHILE, id="ntfy 429"),
    pytest.param("json", (503, b""), PERHAPS, id="JSON 503"),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "answer", "verdict"), VERDICTS)
def test_whether_trying_again_makes_sense_is_said(
    schema: str, answer: Answer, verdict: type[ChannelError], anybody: Anybody
) -> None:
    anybody.answer = answer

    with pytest.raises(ChannelError) as failed:
        opened(CASES[schema].url).send(note())

    assert type(failed.value) is verdict


@pytest.mark.parametrize("schema", CASES)
def test_each_request_carries_the_key_and_no_text_does(schema: str, anybody: Anybody) -> None:
    [anybody.answer, *_] = CASES[schema].taken
    opened(CASES[schema].url).send(note())

    assert anybody.keys == ["k"] * len(anybody.keys)
    assert len(anybody.keys) == 1


def test_who_is_not_there_is_said() -> None:
    with pytest.raises(ChannelError, match=r"JSON does not answer \(ConnectionError\)"):
        opened(f"json://127.0.0.1:{free_port()}/").send(note())


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.8.8.8"])
def test_this_machine_is_not_asked_through_a_proxy(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with ScriptedPeer(
        answering(b"HTTP/1.1 204 No Content\r\n\r\n"), host=host.replace("localhost", "127.0.0.1")
    ) as peer:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{free_port()}")
        monkeypatch.delenv("no_proxy", raising=False)
        opened(f"json://{host}:{peer.port}/").send(note())


@pytest.mark.parametrize("kind", ["webhook", "apprise", "dingtalk"])
@pytest.mark.parametrize(
    ("no_proxy", "direct"),
    [
        pytest.param("", False, id="none"),
        pytest.param("192.0.2.0/24", True, id="a network"),
        pytest.param("198.51.100.0/24", False, id="another network"),
    ],
)
def test_no_proxy_is_read_alike(
    kind: str, no_proxy: str, direct: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """P13 of the review: a network was only understood by apprise."""
    with ScriptedPeer(answering(b"HTTP/1.1 200 OK\r\n\r\n")) as proxy:
        monkeypatch.setenv("http_proxy", f"http://{proxy.place}")
        monkeypatch.setenv("no_proxy", no_proxy)
        scheme = "json" if kind == "apprise" else "http"
        row = ChannelRow("c", kind=kind, url=f"{scheme}://192.0.2.1/x", timeout="1s")
        with suppress(ChannelError):  # nobody is at that address (RFC 5737)
            open_channel(row).send(note())

    assert proxy.met == (0 if direct else 1)


def test_a_proxy_that_cannot_be_used_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "socks5://127.0.0.1:1")

    with pytest.raises(ChannelError, match="the proxy that the environment names cannot be used"):
        opened("json://hook.example.org/").send(note())


@pytest.mark.parametrize("name", ["‹3号›", "<3号>", "A & B", "<b>", "</i>"])
def test_a_name_with_signs_of_html_is_escaped_for_telegram(name: str, anybody: Anybody) -> None:
    """P4 of the review: unescaped HTML, which Telegram refuses with 400 each time."""
    anybody.answer = CASES["tgram"].taken[0]
    opened(CASES["tgram"].url).send(note(name))

    [(_, body)] = anybody.asked
    sent = json.loads(body)
    assert sent["parse_mode"] == "HTML"
    inside = sent["text"].replace("<b>[", "[", 1).replace("</b>", "", 1)
    assert "<" not in inside
    assert ">" not in inside
    assert "&lt;" in inside or "&amp;" in inside or "‹" in inside


def test_each_recipient_of_a_service_has_a_notification_of_their_own(anybody: Anybody) -> None:
    channel = opened(CASES["vonage"].url + "/15551230002")
    assert len(channel.addresses) == 2
    anybody.answer = CASES["vonage"].taken[0]
    for address in channel.addresses:
        channel.send(note(address=address))

    assert [b"15551230001" in body for _, body in anybody.asked] == [True, False]
    assert [b"15551230002" in body for _, body in anybody.asked] == [False, True]


def test_apprises_own_caution_is_no_wait(anybody: Anybody) -> None:
    """P11 of the review: 5.5 s between two messages, which no provider asks for."""
    channel = opened(CASES["schan"].url)
    anybody.answer = CASES["schan"].taken[0]
    begun = monotonic()
    for _ in range(9):
        channel.send(note())

    assert monotonic() - begun < 5
    assert channel.limits == Limits()


RATES = [
    pytest.param(CASES["slack"].url, ((1, 1.1),), id="Slack: one a second"),
    pytest.param(CASES["tgram"].url, ((1, 1.1),), id="Telegram: one a second"),
    pytest.param(CASES["pushplus"].url, ((190, 86460.0),), id="PushPlus: 200 a day"),
    pytest.param("twilio://AC" + "a" * 32 + ":" + "b" * 32 + "@15551230000/15551230001", ((1, 0.2),),
                 id="one that was not tried: apprise's"),
    pytest.param("mmost://localhost/token123", (), id="one that was not tried, apprise's caution"),
]  # fmt: skip


@pytest.mark.parametrize(("url", "rates"), RATES)
def test_the_queue_keeps_the_providers_limit_and_apprise_sleeps_never(
    url: str, rates: tuple[tuple[int, float], ...]
) -> None:
    channel = opened(url)

    assert channel.limits.rates == rates
    assert {plugin.request_rate_per_sec for plugin in channel._plugins.values()} == {0}


def test_two_channels_of_one_address_share_its_limit() -> None:
    slack, other = CASES["slack"].url, CASES["slack"].url.replace("T1JJ3T3L2", "T1JJ3T3L3")

    assert opened(slack).service == opened(slack).service != opened(other).service
    assert "TIiajkdnlazkcOXrIdevi7FQ" not in opened(slack).service


def doubt(row: ChannelRow) -> str:
    return open_channel(row).doubt


def test_what_was_not_tried_is_named() -> None:
    untried = doubt(ChannelRow("c", url="mmost://localhost/token123"))
    assert untried.startswith("whether mmost:// counts a refused message as sent was not tried")
    assert [doubt(ChannelRow("c", url=case.url)) for case in CASES.values()] == [""] * len(CASES)
    assert doubt(ChannelRow("c", url="mailto://localhost?from=a@example.org")) == ""
    assert doubt(ChannelRow("c", webhook="http://127.0.0.1/")) == ""
