"""From the outbox to one channel: whatever it does, it has taken a message or is asked again later."""

import re
import ssl
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from http.client import BadStatusLine, LineTooLong
from typing import Any

import pytest
from msgspec import structs
from structlog.testing import capture_logs

from alerts.notify import outbox
from alerts.notify.channels import Channel, ChannelError, ChannelMessage, Limits, RefusedError
from alerts.notify.channels.opening import open_channel
from alerts.notify.channels.row import ChannelRow
from alerts.notify.config import NotifyConfig
from alerts.notify.duty import Recipient
from alerts.notify.event import AlertEvent
from alerts.notify.event import test_event as document
from alerts.notify.sending import delivery as sending
from alerts.notify.sending.delivery import ChannelDelivery
from alerts.notify.sending.rate_limit import RateLimiter
from ingest.journal import accounting
from ingest.journal.file import Journal
from sensors.model import Name
from tests.support.peers.chat_robot import ChatRobot, said
from tests.support.peers.scripted_peer import ScriptedPeer
from tests.support.peers.scripted_smtp import ScriptedSmtp
from tests.support.stub_channel import StubChannel

NOW = datetime(2026, 3, 1, 4, tzinfo=UTC)


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
    way = StubChannel()
    delivery = ChannelDelivery(journal, "hook", way, NotifyConfig(), link=lambda *_: "", language="zh")
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


# --- the most severe first --------------------------------------------------------------------


def sent_sites(way: StubChannel) -> list[str]:
    return [message.notifications[0].event.site for message in way.sent]


def test_the_most_severe_overtakes_a_queue_of_any_length(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "_MOST_AT_ONCE", 1000)
    way = StubChannel()
    delivery = ChannelDelivery(journal, "group", way, NotifyConfig(), link=link, language="zh")
    put(journal, *(event(f"site-{n}", n) for n in range(450)))
    put(journal, event("last", 999, severity="critical"))
    while delivery.step(NOW):
        pass

    assert sent_sites(way)[0] == "last"
    assert len(way.sent) == 451


def test_an_episodes_messages_keep_their_order_however_severe_the_last_is(journal: Journal) -> None:
    way = StubChannel()
    delivery = ChannelDelivery(journal, "group", way, NotifyConfig(), link=link, language="zh")
    put(journal, event("a", 1, severity="watch"), *(event(f"site-{n}", n) for n in range(300)))
    put(journal, event("a", 1, severity="critical"))
    delivery.step(NOW)

    told = [note.event.severity for note in way.sent[0].notifications]
    assert told == ["watch", "critical"]


class SlowWay(StubChannel):
    """Takes a third of a second for each message, and brings a critical one with the second."""

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self._journal = journal

    def send(self, message: ChannelMessage) -> None:
        super().send(message)
        time.sleep(0.34)
        if len(self.sent) == 2:
            put(self._journal, event("last", 999, severity="critical"))


def test_what_comes_while_a_queue_is_worked_off_waits_a_second_at_most(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "_MOST_AT_ONCE", 1000)
    way = SlowWay(journal)
    delivery = ChannelDelivery(journal, "group", way, NotifyConfig(), link=link, language="zh")
    put(journal, *(event(f"site-{n}", n) for n in range(8)))
    while delivery.step(NOW):
        pass

    assert sent_sites(way).index("last") in {3, 4}
    assert len(way.sent) == 9


def test_nine_places_that_are_critical_at_once_are_mailed_at_once(journal: Journal) -> None:
    """P11 of the review: the last of nine mails after 44 s."""
    smtp = ScriptedSmtp()
    with ScriptedPeer(smtp.script) as peer:
        url = f"mailto://{peer.place}?from=a@example.org&to=b@example.org&mode=insecure"
        way = open_channel(ChannelRow("group", url=url, timeout="5s"))
        delivery = ChannelDelivery(journal, "group", way, NotifyConfig(), link=link, language="zh")
        put(journal, *(event(f"site-{n}", n, severity="critical") for n in range(9)))
        begun = time.monotonic()
        while delivery.step(NOW):
            pass

    assert len(smtp.mails) == 9
    assert time.monotonic() - begun < 5


def test_more_than_three_at_once_that_are_not_critical_are_one_message(journal: Journal) -> None:
    way = StubChannel()
    delivery = ChannelDelivery(journal, "group", way, NotifyConfig(), link=link, language="zh")
    put(journal, event("grave", 9, severity="critical"), *(event(f"site-{n}", n) for n in range(4)))
    while delivery.step(NOW):
        pass

    assert [len(message.notifications) for message in way.sent] == [1, 4]


# --- what a robot takes -----------------------------------------------------------------------


def wecom(robot: ChatRobot) -> Channel:
    return open_channel(ChannelRow("group", wecom=robot.url))


def event(
    site: str, number: int, *, name: str = "", state: str = "firing", severity: str = "warning"
) -> AlertEvent:
    words = f"【警告】{name or site}：细颗粒物过高，PM2.5读数 {number}.5 µg/m³，限值 25 µg/m³"
    return structs.replace(
        document("x", NOW), site=site, state=state, severity=severity, episode=f"{site}-{number}", test=False,
        text=Name(words, words), site_name=Name(name or site, name or site),
    )  # fmt: skip


def link(episode: str, person: str, language: str) -> str:
    return f"https://alerts.example.org/alerts/{episode}?by={person}&lang={language}&sig={'0' * 32}"


def put(journal: Journal, *documents: AlertEvent, channel: str = "group", made: datetime = NOW) -> None:
    with journal.transaction() as connection:
        for each in documents:
            turn = f"{each.state}-exceeded-{each.severity}"
            outbox.add(connection, each, Recipient(channel), turn, now=made, due=made)


def figures(journal: Journal, channel: str = "group") -> dict[str, int]:
    start = f"{outbox.COUNT}{channel}:"
    found = accounting.read_counts(journal.connection())
    return {name.removeprefix(start): n for name, n in found.items() if name.startswith(start)}


def told(texts: Iterable[str]) -> list[str]:
    """The episodes that people read of."""
    said = re.compile(r"】(\S+)：细颗粒物过高，PM2.5读数 (\d+)\.5")
    return ["-".join(found) for text in texts for found in said.findall(text)]


def test_sixteen_notices_of_a_site_are_parted_between_notices_and_all_arrive(journal: Journal) -> None:
    """P2 of the review: one post of 6,021 bytes, where WeCom takes 2,048."""
    with ChatRobot("wecom") as robot:
        delivery = ChannelDelivery(journal, "group", wecom(robot), NotifyConfig(), link=link, language="zh")
        put(journal, *(event("五金库", n) for n in range(16)))
        assert delivery.step(NOW)

    assert len(told(robot.texts)) == len(set(told(robot.texts))) == 16
    assert all(len(text.encode()) <= 2048 for text in robot.texts)
    assert all(text.count("https://") == text.count("编号 ") for text in robot.texts)
    assert len(robot.texts) == 3  # six fit
    assert figures(journal) == {"sent": 16}


@pytest.mark.parametrize(
    "name", ["很长" * 900, "👨‍👩‍👧‍👦" * 200, "e\u0301" * 3000, '"\\' * 2000, "🇨🇳" * 700, "x" * 9000]
)
@pytest.mark.parametrize("kind", ["dingtalk", "wecom", "feishu"])
def test_one_that_is_too_long_alone_is_cut_and_keeps_its_link(journal: Journal, name: str, kind: str) -> None:
    with ChatRobot(kind) as robot:
        address: dict[str, Any] = {kind: robot.url}
        way = open_channel(ChannelRow("group", **address))
        delivery = ChannelDelivery(journal, "group", way, NotifyConfig(), link=link, language="zh")
        put(journal, event("x", 1, name=name * (12 if kind != "wecom" else 1)))
        assert delivery.step(NOW)

    [text] = robot.texts
    assert "…\n开始 2026-" in text
    assert link("x-1", "", "zh") in text


def test_a_storm_is_gathered_and_stays_below_the_robots_limit(journal: Journal) -> None:
    with ChatRobot("wecom") as robot:
        delivery = ChannelDelivery(journal, "group", wecom(robot), NotifyConfig(), link=link, language="zh")
        put(journal, *(event(f"site-{n:02}", n) for n in range(60)))
        put(journal, event("last", 99, severity="critical"))
        delivery.step(NOW)

        assert len(set(told(robot.texts))) == 61
        assert len(robot.asked) <= 15
        assert robot.texts[0].startswith("[两区] 严重 last 测试，等 ")  # the most severe first

        put(journal, *(event(f"more-{n:02}", n) for n in range(60)))
        for _ in range(20):
            delivery.step(NOW)
        again = ChannelDelivery(journal, "group", wecom(robot), NotifyConfig(), link=link, language="zh")
        assert not again.step(NOW)  # a restart makes no room
        assert len(robot.asked) == 15  # three are kept for what is critical

        waiting = outbox.due_notifications(journal.connection(), "group", NOW)
        assert len(set(told(robot.texts))) + len(waiting) == 121


def test_many_that_come_one_by_one_use_the_limit_up_and_the_rest_waits(journal: Journal) -> None:
    with ChatRobot("dingtalk") as robot:
        way = open_channel(ChannelRow("group", dingtalk=robot.url))
        delivery = ChannelDelivery(journal, "group", way, NotifyConfig(), link=link, language="zh")
        for n in range(40):
            put(journal, event(f"site-{n}", n))
            delivery.step(NOW)

        assert len(robot.texts) == len(robot.asked) == 15
        assert delivery.trouble == ""
        put(journal, *(event(f"bad-{n}", n, severity="critical") for n in range(3)))
        assert delivery.step(NOW)
        assert len(robot.asked) == 16  # the three in one, and all that waited with them
        assert figures(journal) == {"sent": 43}


def test_two_channels_to_one_robot_share_its_limit(journal: Journal) -> None:
    with ChatRobot("wecom") as robot:
        ways = {
            language: ChannelDelivery(
                journal, language, wecom(robot), NotifyConfig(), link=link, language=language
            )
            for language in ("zh", "en")
        }
        for n in range(20):
            for language, delivery in ways.items():
                put(journal, event(f"site-{n}", n), channel=language)
                delivery.step(NOW)

        assert len(robot.asked) == 15


def test_who_says_too_many_is_left_alone_for_that_long_also_after_a_restart(journal: Journal) -> None:
    with ChatRobot("dingtalk") as robot:
        robot.script = [said({"errcode": 130101, "errmsg": "send too fast, exceed 20 times per minute"})]
        way = open_channel(ChannelRow("group", dingtalk=robot.url))
        delivery = ChannelDelivery(journal, "group", way, NotifyConfig(), link=link, language="zh")
        put(journal, event("a", 1), event("b", 2))
        assert not delivery.step(NOW)
        assert len(robot.asked) == 1
        assert "too fast" in delivery.trouble
        again = ChannelDelivery(journal, "group", way, NotifyConfig(), link=link, language="zh")
        assert not again.step(NOW + timedelta(hours=1))
        assert len(robot.asked) == 1

    assert figures(journal) == {"failed": 1}


def test_a_clock_that_was_an_hour_ahead_holds_nothing_up(journal: Journal) -> None:
    ahead = [datetime.now(UTC) + timedelta(hours=1)]
    limits = Limits(rates=((2, 60.0),))
    usage = RateLimiter(journal, "group", limits, lambda: ahead[0])
    assert [usage.acquire(), usage.acquire(), usage.acquire()] == [True, True, False]
    usage.pause(60)

    ahead[0] -= timedelta(hours=1)
    again = RateLimiter(journal, "group", limits, lambda: ahead[0])
    assert again.remaining() == 0  # they count as just now
    ahead[0] += timedelta(seconds=61)
    assert again.remaining() == 2


# --- refused for good -------------------------------------------------------------------------


def test_what_is_refused_for_good_is_said_counted_and_not_tried_again(journal: Journal) -> None:
    with ChatRobot("dingtalk", keyword="报警") as robot:
        way = open_channel(ChannelRow("group", dingtalk=robot.url))
        delivery = ChannelDelivery(journal, "group", way, NotifyConfig(), link=link, language="zh")
        put(journal, event("a", 1))
        assert not delivery.step(NOW)
        assert "keyword" in delivery.trouble
        for hours in range(1, 80):
            assert not delivery.step(NOW + timedelta(hours=hours))
        assert len(robot.asked) == 1
        assert figures(journal) == {"refused": 1}

        again = ChannelDelivery(journal, "group", way, NotifyConfig(), link=link, language="zh")
        assert "keyword" in again.trouble  # a restart forgets it not
        again.step(NOW)
        assert again.warning.endswith("; 1 of the last 24 h never arrived")

        robot.keyword = "两区"
        put(journal, event("b", 2))
        assert again.step(NOW)
        assert (again.trouble, len(robot.texts)) == ("", 1)
        assert again.warning.startswith("1 of the last 24 h never arrived: DingTalk refuses: keyword")
        again.step(NOW + timedelta(hours=25))
        assert again.warning == ""
        assert figures(journal) == {"refused": 1, "sent": 1}


@pytest.mark.parametrize("bad", [0, 3, 6])
def test_one_notice_that_is_refused_for_its_words_keeps_no_other(journal: Journal, bad: int) -> None:
    with ChatRobot("dingtalk") as robot:
        robot.forbidden = f"五金库-{bad}?"
        way = open_channel(ChannelRow("group", dingtalk=robot.url))
        delivery = ChannelDelivery(journal, "group", way, NotifyConfig(), link=link, language="zh")
        put(journal, *(event("五金库", n) for n in range(7)))
        delivery.step(NOW)

    assert sorted(told(robot.texts)) == [f"五金库-{n}" for n in range(7) if n != bad]
    assert figures(journal) == {"sent": 6, "refused": 1}
    if bad < 6:  # others were taken after it: it is said all the same
        assert delivery.trouble == ""
    assert delivery.alarm == "DingTalk refuses: the words of the message (430102)"
    assert delivery.warning.startswith("1 of the last 24 h never arrived") or delivery.trouble
    delivery.step(NOW + timedelta(minutes=11))
    assert delivery.alarm == delivery.trouble
    assert outbox.due_notifications(journal.connection(), "group", NOW + timedelta(days=9)) == []


def test_the_end_of_what_was_refused_is_not_told(journal: Journal) -> None:
    with ChatRobot("wecom") as robot:
        delivery = ChannelDelivery(journal, "group", wecom(robot), NotifyConfig(), link=link, language="zh")
        robot.script = [said({"errcode": 93000, "errmsg": "invalid webhook url"})]
        put(journal, event("a", 1))
        put(journal, event("a", 1, state="resolved"), made=NOW + timedelta(minutes=1))
        delivery.step(NOW)
        with journal.transaction() as connection:
            assert outbox.recipients(connection, "a-1", reached=True) == ()
            assert outbox.recipients(connection, "a-1", reached=False) == (Recipient("group"),)
        delivery.step(NOW + timedelta(minutes=2))

    assert (len(robot.asked), robot.texts) == (1, [])


def test_the_end_of_what_a_repeat_told_is_told(journal: Journal) -> None:
    with ChatRobot("wecom") as robot:
        delivery = ChannelDelivery(journal, "group", wecom(robot), NotifyConfig(), link=link, language="zh")
        robot.script = [said({"errcode": 93000, "errmsg": "invalid webhook url"})]
        put(journal, event("a", 1))
        delivery.step(NOW)
        with journal.transaction() as connection:
            outbox.add(connection, event("a", 1), Recipient("group"), "repeat-1", now=NOW, due=NOW)
        delivery.step(NOW)
        put(journal, event("a", 1, state="resolved"))
        delivery.step(NOW)

    assert len(robot.texts) == 2


# --- several addresses ------------------------------------------------------------------------


class Several(Channel):
    """Two addresses; those in `closed` take nothing, those in `gone` never will."""

    addresses = ("aa", "bb")

    def __init__(self) -> None:
        self.closed: set[str] = set()
        self.gone: set[str] = set()
        self.sent: list[tuple[str, str]] = []

    def send(self, message: ChannelMessage) -> None:
        address = message.notifications[0].to.address
        if address in self.gone:
            raise RefusedError("the mail server refuses the recipient (550)")
        if address in self.closed:
            raise ChannelError("the mail server does not take the recipient for now (450)")
        self.sent += [(address, notice.key) for notice in message.notifications]


def test_who_has_taken_it_is_not_told_again_for_who_has_not(journal: Journal) -> None:
    way = Several()
    way.closed = {"bb"}
    put(journal, event("a", 1))
    delivery = ChannelDelivery(journal, "group", way, NotifyConfig(), link=link, language="zh")
    now = NOW
    for _ in range(100):
        delivery = ChannelDelivery(journal, "group", way, NotifyConfig(), link=link, language="zh")
        delivery.step(now)
        now += timedelta(minutes=10)
    assert way.sent == [("aa", "a-1/firing-exceeded-warning/group/aa")]
    assert "(450)" in delivery.trouble

    put(journal, event("a", 2), made=now)
    delivery.step(now)
    assert way.sent[1:] == [("aa", "a-2/firing-exceeded-warning/group/aa")]
    way.closed = set()
    delivery.step(now + timedelta(minutes=10))
    assert [key for _, key in way.sent[2:]] == [f"a-{n}/firing-exceeded-warning/group/bb" for n in (1, 2)]
    assert delivery.trouble == ""
    assert figures(journal)["sent"] == 4


def test_who_was_told_of_no_beginning_is_told_of_no_end(journal: Journal) -> None:
    way = Several()
    way.gone = {"bb"}
    delivery = ChannelDelivery(journal, "group", way, NotifyConfig(), link=link, language="zh")
    put(journal, event("a", 1))
    delivery.step(NOW)
    way.gone = set()
    put(journal, event("a", 1, state="resolved"))
    delivery.step(NOW)

    assert [address for address, _ in way.sent] == ["aa", "aa"]
    assert figures(journal) == {"sent": 2, "refused": 1}


def test_a_later_notice_of_an_episode_does_not_overtake_one_that_has_failed(journal: Journal) -> None:
    with ChatRobot("wecom") as robot:
        delivery = ChannelDelivery(journal, "group", wecom(robot), NotifyConfig(), link=link, language="zh")
        robot.script = [(500, {}, b"")]
        put(journal, event("a", 1, name="很长" * 500))
        put(journal, event("a", 1, state="resolved", name="很长" * 500))
        delivery.step(NOW)
        assert robot.texts == []
        delivery.step(NOW + timedelta(seconds=3))

    [text] = robot.texts
    assert text.startswith("[两区] 已解除 ")  # as it is by now
    assert figures(journal) == {"failed": 2, "sent": 2}


def test_what_waits_for_an_address_that_is_named_no_longer_reaches_nobody_else(journal: Journal) -> None:
    smtp = ScriptedSmtp({"RCPT": b"450 not now\r\n"})
    with ScriptedPeer(smtp.script) as peer:
        url = f"mailto://{peer.place}?from=alerts@example.org&mode=insecure&to="
        both = open_channel(ChannelRow("mail", url=f"{url}a@example.org,b@example.org"))
        put(journal, event("a", 1), channel="mail")
        ChannelDelivery(journal, "mail", both, NotifyConfig(), link=link, language="zh").step(NOW)
        smtp.answers.clear()
        one = open_channel(ChannelRow("mail", url=f"{url}a@example.org"))
        ChannelDelivery(journal, "mail", one, NotifyConfig(), link=link, language="zh").step(
            NOW + timedelta(hours=1)
        )

    assert [to for to, _ in smtp.mails] == [["a@example.org"]]
    assert figures(journal, "mail") == {"failed": 2, "sent": 1, "refused": 1}


# --- many at once ------------------------------------------------------------------------------


def put_for_person(journal: Journal, document: AlertEvent) -> None:
    with journal.transaction() as connection:
        outbox.add(connection, document, Recipient("group", "wang"), "first", now=NOW, due=NOW)


@pytest.mark.parametrize(
    ("told", "messages"),
    [
        pytest.param(["first"], [1], id="one"),
        pytest.param(["first"] * 4, [4], id="what can wait together"),
        pytest.param(["still", "over", "wider"], [3], id="what hurries nobody together"),
        pytest.param(["first", "still", "first", "over"], [4], id="news and what hurries nobody together"),
    ],
)
def test_many_events_at_once_are_one_message(journal: Journal, told: list[Any], messages: list[int]) -> None:
    way = StubChannel()
    delivery = ChannelDelivery(journal, "group", way, NotifyConfig(), link=lambda *_: "", language="zh")
    for number, reason in enumerate(told):
        put_for_person(journal, structs.replace(event("s", number), event=f"e{number}", told=reason))

    assert delivery.step(NOW)

    assert [len(message.notifications) for message in way.sent] == messages
    assert sum(messages) == len(told)


def test_the_gravest_of_many_goes_out_first(journal: Journal) -> None:
    way = StubChannel()
    delivery = ChannelDelivery(journal, "group", way, NotifyConfig(), link=lambda *_: "", language="zh")
    put_for_person(journal, structs.replace(event("s", 1), event="e1", told="still"))
    put_for_person(journal, structs.replace(event("s", 2, severity="critical"), event="e2", told="first"))

    assert delivery.step(NOW)

    assert [message.notifications[0].event.event for message in way.sent] == ["e2", "e1"]


def test_what_a_channel_fails_by_is_known_after_a_change_of_settings(journal: Journal) -> None:
    """It waits for its next try, so the journal does not have it as a result yet."""
    way = StubChannel()
    way.failure = ChannelError("the hook answered 500")
    former, new = (
        ChannelDelivery(journal, "hook", way, NotifyConfig(), link=lambda *_: "", language=language)
        for language in ("zh", "en")
    )
    with journal.transaction() as connection:
        outbox.add(connection, document("x", NOW), Recipient("hook", ""), "test", now=NOW, due=NOW)
    former.step(NOW)

    new.remember(former.memory)

    assert (new.trouble, new.alarm) == (former.trouble, former.alarm) == ("the hook answered 500",) * 2
    way.failure = None
    new.step(NOW + timedelta(hours=1))
    assert new.trouble == ""
