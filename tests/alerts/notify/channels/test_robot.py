"""The robots of DingTalk, WeCom and Feishu: "sent" means taken, and what each refusal means."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.notify.channels import (
    BusyError,
    Channel,
    ChannelError,
    ChannelMessage,
    RefusedError,
    dingtalk,
    feishu,
    wecom,
)
from alerts.notify.channels.dingtalk import sign_url
from alerts.notify.channels.feishu import signature
from alerts.notify.channels.http import Answer
from alerts.notify.channels.opening import open_channel
from alerts.notify.channels.robot import Robot, RobotCodes, check_answer
from alerts.notify.channels.row import ChannelRow
from alerts.notify.duty import Recipient
from alerts.notify.event import test_event as document
from alerts.notify.outbox import Notification
from alerts.texts.messages import to_message
from tests.support.peers.chat_robot import ChatRobot, said
from tests.support.peers.scripted_peer import ScriptedPeer, answering, dripping

NOW = datetime(2026, 3, 1, 4, tzinfo=UTC)
KINDS = ("dingtalk", "wecom", "feishu")


def note() -> ChannelMessage:
    notice = Notification(1, "test-1/test/group", Recipient("group"), document("李", NOW), NOW, 0)
    return to_message([notice], "zh", lambda *_: "")


def opened(kind: str, url: str, secret: str = "", timeout: str = "5s") -> Channel:
    address: dict[str, Any] = {kind: url}
    return open_channel(ChannelRow("group", secret=secret, timeout=timeout, **address))


@pytest.fixture(params=KINDS)
def robot(request: pytest.FixtureRequest) -> Iterator[ChatRobot]:
    with ChatRobot(request.param) as robot:
        yield robot


def test_a_message_is_taken_as_it_is(robot: ChatRobot) -> None:
    opened(robot.kind, robot.url).send(note())

    [text] = robot.texts
    assert text.startswith("[两区] 测试 监测系统\n\n【测试】这是一条测试消息，由 李 发出\n")


@pytest.mark.parametrize("kind", ["dingtalk", "feishu"])
def test_it_is_signed_as_the_robot_computes_it(kind: str) -> None:
    with ChatRobot(kind, secret="SEC0123") as robot:
        opened(kind, robot.url, "SEC0123").send(note())
        with pytest.raises(RefusedError, match="signature"):
            opened(kind, robot.url, "SEC9999").send(note())
        with pytest.raises(RefusedError, match="signature"):
            opened(kind, robot.url).send(note())

    assert len(robot.texts) == 1


def test_signatures_by_hand() -> None:
    # openssl: printf '1599360473000\nSECabc' | openssl dgst -sha256 -hmac SECabc -binary | base64
    assert sign_url("https://x/robot/send?access_token=t", "SECabc", 1599360473000) == (
        "https://x/robot/send?access_token=t&timestamp=1599360473000"
        "&sign=3SJkK5Fm70JVVkwmvZFkgdPlr53Kn2utLHLz9DzuOSc%3D"
    )
    # openssl: printf '' | openssl dgst -sha256 -hmac $'1599360473\nSECabc' -binary | base64
    assert signature("SECabc", 1599360473) == "KjJCRpeZcpDq6nFA4wlSAm5ZsE3Y8HuB1O1Sgv2Y9xA="


REFUSED = {
    "dingtalk": [
        (310000, "keywords not in content"),
        (310000, "sign not match"),
        (310000, "ip 127.0.0.1 not in whitelist"),
        (300001, "token is not exist"),
        (300005, "token is not exist"),
        (400013, "群已被解散"),
        (400102, "机器人已停用"),
        (430102, "含有不合适的文本"),
    ],
    "wecom": [
        (
            93000,
            "invalid webhook url, hint: [1700], from ip: 127.0.0.1, more info at https://open.work.weixin.qq.com",
        ),
        (40008, "invalid message type"),
        (40058, "Missing text.content"),
        (45002, "content size out of limit"),
    ],
    "feishu": [
        (9499, "Bad Request"),
        (19001, "param invalid: incoming webhook access token invalid"),
        (19002, "params error, msg_type need"),
        (19021, "sign match fail or timestamp is not within one hour from current time"),
        (19022, "Ip Not Allowed"),
        (19024, "Key Words Not Found"),
    ],
}
LATER = {
    "dingtalk": [(130101, "send too fast, exceed 20 times per minute"), (410100, "发送速度太快而限流")],
    "wecom": [(45009, "api freq out of limit"), (45033, "concurrent api freq out of limit")],
    "feishu": [(11232, "frequency limited psm[lark.oapi]appID[1500]"), (9499, "too many request")],
}


def refusal(kind: str, code: int, words: str) -> dict[str, object]:
    if kind == "feishu":
        return {"code": code, "data": {}, "msg": words}
    return {"errcode": code, "errmsg": words}


@pytest.mark.parametrize(
    ("kind", "code", "words"),
    [
        pytest.param(kind, *row, id=f"{kind} {row[0]} {row[1][:20]}")
        for kind in KINDS
        for row in REFUSED[kind]
    ],
)
@pytest.mark.parametrize("status", [200, 400])
def test_a_refusal_for_good_is_one_whatever_the_status(kind: str, code: int, words: str, status: int) -> None:
    with ChatRobot(kind) as robot:
        robot.always = said(refusal(kind, code, words), status)
        with pytest.raises(RefusedError) as refused:
            opened(kind, robot.url).send(note())

    assert f"({code})" in str(refused.value)
    assert "t0ken" not in str(refused.value)


@pytest.mark.parametrize(
    ("kind", "code", "words"),
    [pytest.param(kind, *row, id=f"{kind} {row[0]}") for kind in KINDS for row in LATER[kind]],
)
def test_too_many_are_tried_again_in_a_while(kind: str, code: int, words: str) -> None:
    with ChatRobot(kind) as robot:
        robot.always = said(refusal(kind, code, words))
        with pytest.raises(BusyError) as busy:
            opened(kind, robot.url).send(note())

    assert busy.value.after == 30


@pytest.mark.parametrize(
    ("headers", "after"),
    [
        pytest.param({}, 30, id="it does not say"),
        pytest.param({"Retry-After": "7"}, 7, id="seconds"),
        pytest.param({"x-ogw-ratelimit-reset": "12"}, 12, id="Feishu's"),
        pytest.param({"Retry-After": "1" + "0" * 400}, 300, id="for ever"),
        pytest.param({"Retry-After": "1e308"}, 30, id="no number"),
        pytest.param({"Retry-After": "²"}, 30, id="a digit of another kind"),
        pytest.param({"Retry-After": "-5"}, 30, id="negative"),
    ],
)
@pytest.mark.parametrize(
    "body", [b"", b"<html>", b'{"code": 99991400, "msg": "request trigger frequency limit"}']
)
def test_429_says_when(robot: ChatRobot, headers: dict[str, str], after: float, body: bytes) -> None:
    robot.always = (429, {name: value.encode().decode("latin-1") for name, value in headers.items()}, body)

    with pytest.raises(BusyError) as busy:
        opened(robot.kind, robot.url).send(note())

    assert busy.value.after == after


RUBBISH = [
    b"", b"ok", b"<html>ok</html>", b"{", b"[]", b"null", b"0", b'"ok"', b"{}", b'{"errmsg": "ok"}',
    b'{"msg": "success"}', b'{"errcode": "0", "code": "0"}', b'{"errcode": false, "code": false}',
    b'{"errcode": null, "code": null}', b'{"errcode": 0.0, "code": 0.0}',
    b'{"errcode": [0], "code": {"0": 0}}',
    b'{"errcode": 99999, "code": 99999}', b'{"errcode": -1, "code": -1, "errmsg": "system busy"}',
    b'{"errcode": 1e999, "code": 1e999}', b'{"errcode": %b, "code": %b}' % (b"9" * 5000, b"9" * 5000),
    b'{"StatusCode": 1, "code": 0, "errcode": 1}', b"\xff\xfe", b'{"errcode":' * 5000,
    b'{"status":1111,"wait":5,"source":"x5","punish":"deny","uuid":"24ce64f68ff5dc054dca012fc3931165"}',
    b'{"errcode": 7, "errmsg": "\\u001b]0;x\\u0007 https://x.example/t0ken", "code": 7, "msg": "\\ud800"}',
]  # fmt: skip


@pytest.mark.parametrize("body", RUBBISH, ids=range(len(RUBBISH)))
def test_whatever_does_not_say_so_is_not_taken_and_tried_again(robot: ChatRobot, body: bytes) -> None:
    robot.always = (200, {}, body)

    with pytest.raises(ChannelError) as failed:
        opened(robot.kind, robot.url).send(note())

    assert not isinstance(failed.value, RefusedError)
    assert str(failed.value).isprintable()
    assert "t0ken" not in str(failed.value)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
ANSWERED = st.binary(max_size=60) | st.dictionaries(
    st.sampled_from(["errcode", "errmsg", "code", "msg", "StatusCode", "StatusMessage", "data"]), JSON
).map(lambda given: json.dumps(given).encode())


@given(st.sampled_from([dingtalk.CODES, wecom.CODES, feishu.CODES]), st.integers(100, 599), ANSWERED)
def test_no_answer_is_taken_that_does_not_say_so_and_none_is_a_fault(
    codes: RobotCodes, status: int, body: bytes
) -> None:
    try:
        check_answer(Answer(status, {}, body), codes)
    except ChannelError as error:
        if str(error).isprintable():
            return
        raise

    found = json.loads(body)
    assert 200 <= status < 300
    given_codes = [found[name] for name in codes.fields if name in found]
    assert given_codes
    assert all(code == 0 and type(code) is int for code in given_codes)


@pytest.mark.parametrize("status", [301, 302, 307, 400, 403, 404, 500, 502, 503])
def test_a_status_of_failure_is_never_taken(robot: ChatRobot, status: int) -> None:
    verdict = refusal(robot.kind, 0, "ok")
    robot.always = said(verdict, status, Location="http://127.0.0.1:9/")

    with pytest.raises(ChannelError):
        opened(robot.kind, robot.url).send(note())


@pytest.mark.parametrize(
    ("status", "is_final"), [(401, True), (404, True), (410, True), (408, False), (502, False)]
)
def test_without_a_code_the_status_says_whether_it_is_for_good(
    robot: ChatRobot, status: int, is_final: bool
) -> None:
    robot.always = (status, {}, b"<html>")

    with pytest.raises(ChannelError, match=f"answered {status}, and not that it took") as failed:
        opened(robot.kind, robot.url).send(note())

    assert isinstance(failed.value, RefusedError) == is_final


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "script",
    [
        pytest.param(answering(b"SSH-2.0-x\r\n"), id="another protocol"),
        pytest.param(answering(b""), id="nothing"),
        pytest.param(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{"), id="cut"),
        pytest.param(dripping(b"HTTP/1.1 200 OK\r\nContent-Type: a/b\r\n\r\n", b" "), id="endless"),
    ],
)
def test_who_is_no_robot_has_taken_nothing(kind: str, script: object) -> None:
    with ScriptedPeer(script) as peer:  # type: ignore[arg-type]
        url = f"http://{peer.place}/robot/send?access_token=t0ken"
        with pytest.raises(ChannelError) as failed:
            opened(kind, url, timeout="1s").send(note())

    assert "t0ken" not in str(failed.value)


@pytest.mark.parametrize("legacy", [b'{"Extra":null,"StatusCode":0,"StatusMessage":"success"}'])
def test_feishus_former_form_of_success_is_one(legacy: bytes) -> None:
    with ChatRobot("feishu") as robot:
        robot.always = (200, {}, legacy)
        opened("feishu", robot.url).send(note())


ADDRESSES = [
    pytest.param({"url": "dingtalk://SECabc@t0ken/13800000000"}, "DingTalk",
                 "https://oapi.dingtalk.com/robot/send?access_token=t0ken", id="dingtalk://"),
    pytest.param({"url": "wecombot://t0-ken_x"}, "WeCom",
                 "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=t0-ken_x", id="wecombot://"),
    pytest.param({"url": "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=t0ken"}, "WeCom",
                 "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=t0ken", id="WeCom's address as url"),
    pytest.param({"url": "feishu://t0ken"}, "Feishu",
                 "https://open.feishu.cn/open-apis/bot/v2/hook/t0ken", id="feishu://"),
    pytest.param({"url": "lark://t0ken"}, "Feishu",
                 "https://open.larksuite.com/open-apis/bot/v2/hook/t0ken", id="lark://"),
    pytest.param({"webhook": "https://oapi.dingtalk.com/robot/send?access_token=t0ken"}, "DingTalk",
                 "https://oapi.dingtalk.com/robot/send?access_token=t0ken", id="as webhook"),
    pytest.param({"webhook": "https://open.feishu.cn/open-apis/bot/v2/hook/t0ken"}, "Feishu",
                 "https://open.feishu.cn/open-apis/bot/v2/hook/t0ken", id="Feishu's as webhook"),
    pytest.param({"kind": "feishu", "url": "https://relay.example.org/t0ken"}, "Feishu",
                 "https://relay.example.org/t0ken", id="a relay, of a kind that is said"),
    pytest.param({"kind": "wecom", "url": "wecombot://t0ken"}, "WeCom",
                 "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=t0ken", id="both"),
]  # fmt: skip


@pytest.mark.parametrize(("given", "kind", "url"), ADDRESSES)
def test_addresses_as_others_write_them_lead_to_the_robot(given: dict[str, Any], kind: str, url: str) -> None:
    channel = open_channel(ChannelRow("group", **given))

    assert type(channel).__name__ == kind
    assert isinstance(channel, Robot)
    assert channel.url == url


def test_a_kind_that_is_said_counts_more_than_a_host() -> None:
    row = ChannelRow("hook", kind="webhook", url="https://oapi.dingtalk.com/robot/send?access_token=t0ken")

    assert type(open_channel(row)).__name__ == "Webhook"


def test_a_token_that_stands_for_a_host_is_not_shown() -> None:
    shown = [
        ChannelRow("g", url=url).masked for url in ("dingtalk://geheim", "schan://geheim", "feishu://geheim/")
    ]

    assert "geheim" not in "".join(shown)


@pytest.mark.parametrize("kind", ["dingtalk", "feishu"])
def test_a_message_without_the_robots_keyword_is_refused_for_good(kind: str) -> None:
    with ChatRobot(kind, keyword="报警") as robot:
        with pytest.raises(RefusedError, match="keyword"):
            opened(kind, robot.url).send(note())

    assert robot.texts == []


def test_too_many_a_minute_are_put_off(robot: ChatRobot) -> None:
    channel = opened(robot.kind, robot.url)
    for _ in range(20):
        channel.send(note())

    with pytest.raises(BusyError) as busy:
        channel.send(note())

    assert (busy.value.after, len(robot.texts)) == (30, 20)
