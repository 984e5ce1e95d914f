"""Mail: one to each, known again by its Message-ID; what a server refuses is said without an address."""

import email
import email.policy
import hashlib
import re
import smtplib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from alerts.notify import outbox
from alerts.notify.channels import Channel, ChannelError, ChannelMessage, RefusedError, address_hash
from alerts.notify.channels import smtp as conversation
from alerts.notify.channels.mail import KEY_OF_EVENT, Mail
from alerts.notify.channels.opening import open_channel
from alerts.notify.channels.row import ChannelRow
from alerts.notify.config import NotifyConfig
from alerts.notify.duty import Recipient
from alerts.notify.event import test_event as document
from alerts.notify.outbox import Notification
from alerts.notify.sending.delivery import ChannelDelivery
from alerts.texts.messages import to_message
from ingest.journal.file import Journal
from sensors.model import Name
from tests.support.peers.scripted_peer import PeerConnection, ScriptedPeer, self_signed
from tests.support.peers.scripted_smtp import ScriptedSmtp, SmtpAnswers
from tests.support.servers import free_port

NOW = datetime(2026, 3, 1, 4, tzinfo=UTC)


def opened(place: str, more: str = "to=duty@example.org", *, user: str = "", timeout: str = "5s") -> Channel:
    url = f"mailto://{user}{place}?from=alerts@example.org&mode=insecure&{more}"
    return open_channel(ChannelRow("mail", url=url, timeout=timeout))


def note(name: str = "五金库", address: str = "", **changes: Any) -> ChannelMessage:
    words = f"【警告】{name}：细颗粒物过高"
    said = structs.replace(
        document("李", NOW), site_name=Name(name, name), text=Name(words, words), test=False, by="",
        episode="a-1", **changes,
    )  # fmt: skip
    notice = Notification(1, "a-1/firing/mail", Recipient("mail", "", address), said, NOW, 0)
    return to_message([notice], "zh", lambda *_: "https://alerts.example.org/alerts/a-1?by=&sig=0")


def parsed(body: bytes) -> EmailMessage:
    found = email.message_from_bytes(body, policy=email.policy.default)
    assert isinstance(found, EmailMessage)
    return found


@pytest.mark.parametrize(
    "name", ["‹3号›", "<3号>", '<b>x</b> & "y"', "第二水厂 ∕ №5", "点." * 300, "a\u0301 😀"]
)
@pytest.mark.parametrize("form", ["", "&format=text", "&format=html"])
def test_a_name_arrives_as_it_is_in_seven_bits(name: str, form: str) -> None:
    """P5 of the review: without format=text it was HTML on one line, `<…>` unescaped."""
    smtp = ScriptedSmtp()
    with ScriptedPeer(smtp.script) as peer:
        opened(peer.place, f"to=duty@example.org{form}").send(note(name))

    [(to, body)] = smtp.mails
    found = parsed(body)
    assert to == ["duty@example.org"]
    assert body.isascii()
    assert all(len(line) <= 998 for line in body.splitlines())
    assert found["Subject"] == f"[两区] 提示 {name} 测试"
    lines = found.get_content().splitlines()
    assert lines[0] == f"【警告】{name}：细颗粒物过高"
    assert lines[2:] == ["查看并确认 https://alerts.example.org/alerts/a-1?by=&sig=0", "编号 a-1"]


def mailed(message: ChannelMessage, sender: str = "alerts@example.org") -> tuple[EmailMessage, bytes]:
    smtp = ScriptedSmtp()
    with ScriptedPeer(smtp.script) as peer:
        url = f"mailto://{peer.place}?from={sender}&to=duty@example.org&mode=insecure"
        open_channel(ChannelRow("mail", url=url, timeout="5s")).send(message)
    [(_, body)] = smtp.mails
    return parsed(body), body


URGENT = [
    pytest.param({"severity": "critical"}, True, id="critical"),
    pytest.param({"severity": "warning"}, False, id="warning"),
    pytest.param({"severity": "critical", "state": "resolved"}, False, id="over"),
    pytest.param({"severity": "critical", "state": "acknowledged"}, False, id="acknowledged"),
    pytest.param({"severity": "critical", "historical": True}, False, id="old data"),
]


@pytest.mark.parametrize(("changes", "urgent"), URGENT)
def test_only_what_is_critical_now_is_urgent(changes: dict[str, Any], urgent: bool) -> None:
    """D16 of the review: a mail program shows nothing without these."""
    mail, _ = mailed(note(**changes))

    found = (mail["Importance"], mail["Priority"], mail["X-Priority"])
    assert found == (("high", "urgent", "1 (Highest)") if urgent else (None, None, None))


@pytest.mark.parametrize("domain", ["example.org", f"{'very-long.' * 9}example.org"], ids=["short", "long"])
def test_the_mails_of_a_thread_refer_to_it_in_words_that_mail_programs_read(domain: str) -> None:
    first, second, other = (
        mailed(structs.replace(note(), thread=thread), f"a@{domain}") for thread in ("e-1", "e-1", "e-2")
    )

    assert re.search(rb"(?m)^References:\s+<[0-9a-f]{32}@[a-z.-]+>\r$", first[1])
    assert first[0]["References"] == first[0]["In-Reply-To"] == second[0]["References"]
    assert other[0]["References"] != first[0]["References"]
    assert first[0]["Message-ID"] not in {first[0]["References"], other[0]["References"]}
    assert mailed(structs.replace(note(), thread=""))[0]["References"] is None


def test_the_thread_is_the_episodes_until_another_is_named() -> None:
    assert note().thread == "a-1"


def test_machines_read_the_key_and_people_a_short_id() -> None:
    mail, _ = mailed(note())

    assert mail.get_all(KEY_OF_EVENT) == ["a-1/firing/mail"]
    assert mail.get_content().splitlines()[-1] == "编号 a-1"


def test_each_gets_a_mail_of_their_own_and_sees_who_else_may_be_seen() -> None:
    smtp = ScriptedSmtp()
    with ScriptedPeer(smtp.script) as peer:
        way = opened(peer.place, "to=a@example.org,b@example.org&cc=c@example.org&bcc=d@example.org")
        assert len(way.addresses) == 4
        for address in way.addresses:
            way.send(note(address=address))

    assert [to for to, _ in smtp.mails] == [[f"{who}@example.org"] for who in "abcd"]
    heads = [parsed(body) for _, body in smtp.mails]
    assert [head["To"] for head in heads] == [
        "a@example.org", "b@example.org", "a@example.org, b@example.org", "a@example.org, b@example.org",
    ]  # fmt: skip
    assert {head["Cc"] for head in heads} == {"c@example.org"}
    assert not any(b"d@example.org" in body for _, body in smtp.mails)
    assert len({head["Message-ID"] for head in heads}) == 1


def test_who_is_refused_costs_the_other_nothing(journal: Journal) -> None:
    """P3 of the review: the good one got the same mail again at each try, reckoned 440 times."""
    smtp = ScriptedSmtp({"rcpt TO:<bad@example.org>": b"450 4.2.0 greylisted\r\n"})
    with ScriptedPeer(smtp.script) as peer:
        way = opened(peer.place, "to=good@example.org,bad@example.org")
        delivery = ChannelDelivery(journal, "mail", way, NotifyConfig(), link=lambda *_: "", language="zh")
        with journal.transaction() as connection:
            outbox.add(connection, document("x", NOW), Recipient("mail", "wang"), "test", now=NOW, due=NOW)
        for minutes in range(0, 300, 20):
            delivery.step(NOW + timedelta(minutes=minutes))
        assert [to for to, _ in smtp.mails] == [["good@example.org"]]
        assert delivery.trouble == "the mail server does not take the recipient for now (450 4.2.0)"
        smtp.answers.clear()
        delivery.step(NOW + timedelta(hours=6))

    assert [to for to, _ in smtp.mails] == [["good@example.org"], ["bad@example.org"]]
    assert delivery.trouble == ""
    keys = [parsed(body)[KEY_OF_EVENT] for _, body in smtp.mails]
    assert len(set(keys)) == 2
    assert not any("example.org" in key for key in keys)


def test_what_the_server_took_without_a_word_comes_again_under_the_same_id(journal: Journal) -> None:
    """P14 of the review: six copies, each with a Message-ID of its own."""
    smtp = ScriptedSmtp({".": None})
    with ScriptedPeer(smtp.script) as peer:
        delivery = ChannelDelivery(
            journal, "mail", opened(peer.place), NotifyConfig(), link=lambda *_: "", language="zh"
        )
        with journal.transaction() as connection:
            outbox.add(connection, document("x", NOW), Recipient("mail"), "test", now=NOW, due=NOW)
        for hours in range(3):
            delivery.step(NOW + timedelta(hours=hours))
        assert delivery.trouble == "the mail server hung up"
        smtp.answers.clear()
        again = ChannelDelivery(
            journal, "mail", opened(peer.place), NotifyConfig(), link=lambda *_: "", language="zh"
        )
        again.step(NOW + timedelta(hours=4))
        with journal.transaction() as connection:
            outbox.add(connection, document("y", NOW), Recipient("mail"), "other", now=NOW, due=NOW)
        again.step(NOW + timedelta(hours=4))

    ids = [parsed(body)["Message-ID"] for _, body in smtp.mails]
    assert len(ids) == 5
    assert len(set(ids[:4])) == 1
    assert ids[4] not in ids[:4]


REFUSED = {
    "recipient unknown": ({"RCPT": b"550 5.1.1 <duty@example.org>: no such user\r\n"},
                          "the mail server refuses the recipient (550 5.1.1)"),
    "sender not ours": ({"MAIL": b"553 mail from must equal authorized user\r\n"},
                        "the mail server refuses the sender (553)"),
    "content": ({".": b"554 5.7.1 looks like spam\r\n"}, "the mail server refuses the mail (554 5.7.1)"),
    "this machine": ({"EHLO": b"550 no\r\n", "HELO": b"550 5.7.1 your address is listed\r\n"},
                     "the mail server does not take the connection (550)"),
    "too large": ({"DATA": b"552 5.3.4 too large\r\n"}, "the mail server refuses the mail (552 5.3.4)"),
}  # fmt: skip
LATER = {
    "greylisted": ({"RCPT": b"451 4.7.1 try again\r\n"},
                   "the mail server does not take the recipient for now (451 4.7.1)"),
    "shutting down": ({"MAIL": b"421 4.3.2 closing\r\n"},
                      "the mail server does not take the sender for now (421 4.3.2)"),
    "full": ({".": b"452 disk full\r\n"}, "the mail server does not take the mail for now (452)"),
    "hangs up": ({"MAIL": None}, "the mail server hung up"),
    "no number": ({"MAIL": b"hello\r\n"}, "the mail server does not take the sender for now (-1)"),
    "no SMTP": ({"EHLO": b"HTTP/1.1 400 Bad Request\r\n", "HELO": b"<html>\r\n"},
                "the mail server does not take the connection (-1)"),
}  # fmt: skip


@pytest.mark.parametrize(("answers", "words"), REFUSED.values(), ids=REFUSED)
def test_a_permanent_refusal_is_one(answers: SmtpAnswers, words: str) -> None:
    smtp = ScriptedSmtp(answers)
    with ScriptedPeer(smtp.script) as peer, pytest.raises(RefusedError) as refused:
        opened(peer.place).send(note())

    assert str(refused.value) == words


@pytest.mark.parametrize(("answers", "words"), LATER.values(), ids=LATER)
def test_whatever_else_is_tried_again_and_says_why(answers: SmtpAnswers, words: str) -> None:
    smtp = ScriptedSmtp(answers)
    with ScriptedPeer(smtp.script) as peer, pytest.raises(ChannelError) as failed:
        opened(peer.place).send(note())

    assert not isinstance(failed.value, RefusedError)
    assert str(failed.value) == words


@pytest.mark.parametrize(
    "greeting",
    [
        b"SSH-2.0-x\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"",
        b"220-" + b"x" * 9000,
        b"\0\xff\r\n",
    ],
)
def test_who_is_no_mail_server_has_taken_nothing(greeting: bytes) -> None:
    smtp = ScriptedSmtp(greeting=greeting)
    with ScriptedPeer(smtp.script) as peer, pytest.raises(ChannelError, match="the mail server") as failed:
        opened(peer.place, timeout="1s").send(note())

    assert not isinstance(failed.value, RefusedError)
    assert smtp.mails == []


def test_a_server_that_greets_with_no_is_one_that_takes_no_mail() -> None:
    """RFC 5321, section 3.1."""
    smtp = ScriptedSmtp(greeting=b"554 no service here\r\n")
    with ScriptedPeer(smtp.script) as peer, pytest.raises(RefusedError, match="the connection \\(554\\)"):
        opened(peer.place).send(note())


@pytest.mark.parametrize("verb", ["greeting", "EHLO", "DATA"])
def test_a_reply_without_an_end_has_one(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversation, "LONGEST_S", 0.3)

    def script(client: PeerConnection) -> None:
        if verb != "greeting":
            client.say(b"220 hello\r\n")
            while not client.line().upper().startswith(verb.encode()):
                client.say(b"250 ok\r\n")
        client.drip(iter(lambda: b"250-more\r\n" if verb == "EHLO" else b"220-more\r\n", None))

    with ScriptedPeer(script) as peer, pytest.raises(ChannelError, match="the mail server"):
        opened(peer.place).send(note())


def test_a_reply_without_an_end_has_one_under_starttls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """STARTTLS puts another socket in the place of the one that was connected."""
    monkeypatch.setattr(conversation, "LONGEST_S", 0.6)
    certificate, begun = self_signed(tmp_path), list[bytes]()

    def script(client: PeerConnection) -> None:
        client.say(b"220 hello\r\n")
        client.line()
        client.say(b"250-hello\r\n250 STARTTLS\r\n")
        client.line()
        client.say(b"220 go on\r\n")
        with client.start_tls(certificate):
            begun.append(client.line())
            client.drip(iter(lambda: b"250-more\r\n", None))

    with ScriptedPeer(script) as peer, pytest.raises(ChannelError, match="the mail server hung up"):
        tls(peer.place, "starttls", "&verify=no").send(note())

    assert begun[0].startswith(b"ehlo")


@pytest.mark.parametrize("verb", ["greeting", "EHLO", "QUIT"])
def test_a_flood_of_a_reply_is_not_kept(verb: str) -> None:
    said = 0

    def script(client: PeerConnection) -> None:
        nonlocal said
        if verb != "greeting":
            client.say(b"220 hello\r\n")
            while not client.line().upper().startswith(verb.encode()):
                client.say(b"550 no\r\n")
        while said < 64 * conversation.MOST_REPLY * 16:
            client.say(b"250-" + b"x" * 6000 + b"\r\n")
            said += 6006

    with ScriptedPeer(script) as peer, pytest.raises(ChannelError, match="the mail server"):
        opened(peer.place).send(note())

    assert (
        said < 32 * conversation.MOST_REPLY * 16
    )  # what buffers of sockets hold; all of it was taken before


def test_a_server_that_knows_only_helo_takes_mail() -> None:
    smtp = ScriptedSmtp({"EHLO": b"502 unknown\r\n"})
    with ScriptedPeer(smtp.script) as peer:
        opened(peer.place).send(note())

    assert len(smtp.mails) == 1


LOGIN = b"250-hello\r\n250 AUTH PLAIN LOGIN\r\n"


LOGINS = [  # RFC 4954, section 6: from 500 on it is for good
    pytest.param(b"535 5.7.8 wrong: duty@example.org\r\n", "(535)", True, id="wrong"),
    pytest.param(b"534 5.7.9 application password required\r\n", "(534)", True, id="another password"),
    pytest.param(b"454 4.7.0 temporary authentication failure\r\n", "(454)", False, id="for now"),
]


@pytest.mark.parametrize(("answer", "shown", "is_final"), LOGINS)
def test_a_login_that_is_refused_is_named(answer: bytes, shown: str, is_final: bool) -> None:
    """P15 of the review: one sentence for all failures."""
    smtp = ScriptedSmtp({"EHLO": LOGIN, "AUTH": answer})
    with ScriptedPeer(smtp.script) as peer, pytest.raises(ChannelError) as failed:
        opened(peer.place, user="duty:geheim@").send(note())

    assert str(failed.value) == f"the mail server refuses name or password {shown}"
    assert isinstance(failed.value, RefusedError) == is_final


@pytest.mark.parametrize(
    "ehlo", [b"250-hello\r\n250 AUTH PLAIN LOGIN\r\n", b"250-hello\r\n250-STARTTLS\r\n250 AUTH PLAIN\r\n"]
)
def test_without_tls_no_password_is_said(ehlo: bytes) -> None:
    smtp = ScriptedSmtp({"EHLO": ehlo, "STARTTLS": b"454 not now\r\n"})
    with ScriptedPeer(smtp.script) as peer:
        url = f"mailtos://duty:geheim@{peer.place}?from=a@example.org&to=b@example.org&mode=starttls"
        with pytest.raises(ChannelError, match=r"encryption|connection"):
            open_channel(ChannelRow("mail", url=url)).send(note())

    assert not any(words.upper().startswith(b"AUTH") for words in smtp.heard)
    assert smtp.mails == []


def tls(place: str, mode: str, more: str = "") -> Channel:
    url = f"mailtos://{place}?from=a@example.org&to=b@example.org&mode={mode}{more}"
    return open_channel(ChannelRow("mail", url=url))


def nowhere(_place: str) -> Channel:
    return opened(f"127.0.0.1:{free_port()}")


def nameless(_place: str) -> Channel:
    return opened("mail.invalid:25")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        pytest.param(nowhere, "the mail server cannot be reached: connection refused", id="nobody there"),
        pytest.param(nameless, "the mail server's name is not known (DNS)", id="no such name"),
        pytest.param(
            lambda place: tls(place, "ssl"),
            "no TLS with the mail server; is mode= or the port another?",
            id="TLS where there is none",
        ),
    ],
)  # fmt: skip
def test_why_it_cannot_be_reached_is_said(make: Callable[[str], Channel], words: str) -> None:
    smtp = ScriptedSmtp()
    with ScriptedPeer(smtp.script) as peer, pytest.raises(ChannelError) as failed:
        make(peer.place).send(note())

    assert str(failed.value) == words


def test_no_failure_shows_an_address() -> None:
    smtp = ScriptedSmtp({"RCPT": b"550 <duty@example.org> unknown at 127.0.0.1\r\n"})
    with ScriptedPeer(smtp.script) as peer, pytest.raises(ChannelError) as failed:
        opened(peer.place).send(note())

    assert "example.org" not in str(failed.value)
    assert "127.0.0.1" not in str(failed.value)


@pytest.mark.parametrize(
    ("url", "host", "security"),
    [
        ("mailtos://duty:secret@163.com", "smtp.163.com", "ssl"),
        ("mailtos://duty:secret@qq.com", "smtp.qq.com", "starttls"),
        (
            "mailto://127.0.0.1:2525?from=a@example.org&to=b@example.org&mode=insecure",
            "127.0.0.1",
            "insecure",
        ),
    ],
)
def test_providers_that_apprise_knows_are_known(url: str, host: str, security: str) -> None:
    way = open_channel(ChannelRow("mail", url=url))

    assert isinstance(way, Mail)
    assert (way._parsed.smtp_host, way._parsed.secure_mode) == (host, security)


def test_the_hashes_of_addresses_are_no_addresses() -> None:
    assert address_hash("Duty@Example.org") == hashlib.sha256(b"duty@example.org").hexdigest()[:8]
    assert issubclass(smtplib.SMTPException, OSError)  # what `_as_channel_error` relies on
