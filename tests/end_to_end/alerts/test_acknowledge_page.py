"""Acknowledging from a phone: the signed link of a mail, opened in a real browser, one button."""

import json
import re
import socket
import sqlite3
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from liangqu.service.http import HEADERS
from tests.end_to_end.alerts.test_commands import wait_half_a_day
from tests.end_to_end.alerts.test_notification import alerting, now, publish
from tests.support.browser import Phone
from tests.support.liangqu_process import LiangquRun, StartLiangqu
from tests.support.peers.receivers import HttpReceiver, SmtpReceiver
from tests.support.peers.scripted_peer import PeerConnection, Script, ScriptedPeer
from tests.support.servers import Mosquitto


def links(mail: SmtpReceiver) -> list[str]:
    return re.findall(r"http://\S+/alerts/\S+", "\n".join(mail.texts()))


def state(service: LiangquRun) -> list[tuple[str, str]]:
    events = json.loads(service.command("alerts", "list", "--json"))
    return [(event["state"], event["acknowledged_by"]) for event in events]


@pytest.mark.server
def test_the_button_acknowledges_and_looking_does_not(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    with HttpReceiver() as hook, SmtpReceiver() as mail, Phone(tmp_path / "profile") as phone:
        public = "http://phone.example"
        more = alerting(tmp_path, hook, mail)
        service = start_liangqu(mosquitto.port, more=more, http_more=f'public_url = "{public}"')
        begin = now() - timedelta(hours=5)
        values = [31.2, 44.0, 52.5, 61.0, 58.3, 66.4]
        publish(mosquitto, [(begin + timedelta(minutes=50 * k), v) for k, v in enumerate(values)])
        service.wait_until(lambda: len(links(mail)) == 1, "mailed")
        service.wait_until_settled(6)
        [link] = links(mail)
        assert link.startswith(public)
        here = link.replace(public, f"http://127.0.0.1:{service.http}")

        phone.visit(here)
        shown = phone.text()
        for words in (
            "警告 超出限值",
            "五金库",
            "颗粒物 · 细颗粒物过高",
            "µg/m³",
            "已发消息（2）",
            "北京时间",
        ):
            assert words in shown
        assert phone.count("svg polyline") == 1
        assert phone.overflow() <= 0
        phone.screenshot(tmp_path / "page.png")
        assert state(service) == [("firing", "")]

        phone.fill("textarea", "已派人前往")
        phone.press("button")
        service.wait_until(lambda: "已提交，稍候生效" in phone.text(), "submitted")
        service.wait_until(lambda: state(service) == [("acknowledged", "王")], "acknowledged")
        phone.visit(here)
        assert phone.count("button[value=ack]") == 0
        assert "已确认：王" in phone.text()
        assert "已派人前往" in phone.text()
        phone.screenshot(tmp_path / "acknowledged.png")

        english = here.replace("lang=zh", "lang=en")
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(english, timeout=10)
        forged = urllib.parse.urlencode({"by": "li", "lang": "zh", "sig": "0" * 32}).encode()
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(here.partition("?")[0], forged, timeout=10)

        phone.visit(english)
        assert [line for line in phone.text().splitlines() if line.startswith(("链接无效", "This link"))] == [
            "链接无效",
            "This link is not valid",
        ]
        assert phone.overflow() <= 0
        phone.screenshot(tmp_path / "refused.png")
        assert refusal(english, "application/json") == (
            403, "text/plain; charset=utf-8", "链接无效 / this link is not valid\n"
        )  # fmt: skip
        print(f"screenshots in {tmp_path}")


@pytest.mark.server
def test_a_silence_from_the_page_wants_a_reason_and_can_be_ended_there(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    with HttpReceiver() as hook, SmtpReceiver() as mail, Phone(tmp_path / "profile") as phone:
        public = "http://phone.example"
        more = alerting(tmp_path, hook, mail)
        service = start_liangqu(mosquitto.port, more=more, http_more=f'public_url = "{public}"')
        publish(mosquitto, [(now() - timedelta(hours=1), 66.0)])
        service.wait_until(lambda: len(links(mail)) == 1, "mailed")
        here = links(mail)[0].replace(public, f"http://127.0.0.1:{service.http}")

        phone.visit(here)
        phone.press("details:has(input[name=reason]) summary")
        phone.press("button[value='2h']")
        assert phone.count("input[name=reason]") == 1  # the browser wants a reason
        phone.fill("input[name=reason]", "校准")
        phone.press("button[value='2h']")
        service.wait_until(lambda: "已提交，稍候生效" in phone.text(), "submitted")
        service.wait_until(lambda: "校准" in service.command("alerts", "list"), "silenced")
        phone.visit(here)
        assert "，王：校准" in phone.text()
        assert phone.overflow() <= 0
        phone.press("button[name=unsilence]")
        service.wait_until(lambda: "校准" not in service.command("alerts", "list"), "no longer silenced")


def refusal(link: str, accept: str) -> tuple[int, str, str]:
    """Status, type and text of the answer to a client that would read `accept`."""
    request = urllib.request.Request(link, headers={"Accept": accept})
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, timeout=10)
    with refused.value as answer:
        for name, value in HEADERS.items():
            assert answer.headers[name] == value
        return answer.code, answer.headers["Content-Type"], answer.read().decode()


class _ToUs(urllib.request.HTTPRedirectHandler):
    """Remembers where it was led."""

    def __init__(self) -> None:
        self.led: list[str] = []

    def redirect_request(self, req: Any, fp: Any, code: int, msg: str, headers: Any, newurl: str) -> Any:
        self.led.append(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def relaying(port: Callable[[], int], prefix: str) -> Script:
    """What a proxy does whose paths are longer than those behind it."""

    def script(client: PeerConnection) -> None:
        method, path, rest = client.request().split(b" ", 2)
        with socket.create_connection(("127.0.0.1", port()), timeout=10) as behind:
            behind.sendall(b" ".join([method, path.removeprefix(prefix.encode()), rest]))
            client.say(b"".join(iter(lambda: behind.recv(65536), b"")))

    return script


@pytest.mark.server
def test_behind_a_longer_path_the_button_leads_back_to_the_page(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    services = list[LiangquRun]()
    with (
        HttpReceiver() as hook,
        SmtpReceiver() as mail,
        ScriptedPeer(relaying(lambda: services[0].http, "/a/b")) as front,
    ):
        public = f"http://{front.place}/a/b"
        more = alerting(tmp_path, hook, mail)
        services.append(start_liangqu(mosquitto.port, more=more, http_more=f'public_url = "{public}"'))
        publish(mosquitto, [(now() - timedelta(hours=1), 66.0)])
        services[0].wait_until(lambda: len(links(mail)) == 1, "mailed")
        [link] = links(mail)
        assert link.startswith(f"{public}/alerts/")

        form = link.partition("?")[2].encode()
        led = _ToUs()
        with urllib.request.build_opener(led).open(link, form, timeout=10) as page:
            assert page.status == 200
            assert "已提交" in page.read().decode()
        assert [to.partition("?")[0] for to in led.led] == [link.partition("?")[0]]
        services[0].wait_until(lambda: state(services[0]) == [("acknowledged", "王")], "acknowledged")


@pytest.mark.server
def test_a_link_ends_with_its_person_and_a_month_after_the_last_message(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    with HttpReceiver() as hook, SmtpReceiver() as mail:
        more = alerting(tmp_path, hook, mail)
        wait_half_a_day(tmp_path)
        service = start_liangqu(mosquitto.port, more=more, http_more='public_url = "http://page.example"')
        begin = now() - timedelta(days=50)
        publish(mosquitto, [(begin, 66.0), (begin + timedelta(hours=1), 5.0)])
        service.wait_until(lambda: len(links(mail)) == 1, "mailed")
        service.wait_until(lambda: state(service) == [("recovering", "")], "calm")
        here = links(mail)[0].replace("http://page.example", f"http://127.0.0.1:{service.http}")
        assert status(here) == 200

        service.kill()
        with closing(sqlite3.connect(service.folder / "journal.db")) as journal, journal:
            journal.execute("UPDATE notification SET made_ms = made_ms - 31 * 86400000")
            journal.execute("UPDATE event SET ended_ms = calm_ms - 31 * 86400000")
        service.start()
        assert status(here) == 410
        code, kind, text = refusal(here, "text/html,*/*;q=0.8")
        assert (code, kind) == (410, "text/html; charset=utf-8")
        assert "链接已失效" in text
        assert "This link has expired" in text
        assert refusal(here, "application/json")[2] == "链接已失效 / this link has ended\n"

        service.kill()
        with closing(sqlite3.connect(service.folder / "journal.db")) as journal, journal:
            journal.execute("UPDATE notification SET made_ms = made_ms + 2 * 86400000")
        service.start()
        assert status(here) == 200

        notify = (tmp_path / "notify.toml").read_text(encoding="utf-8")
        (tmp_path / "notify.toml").write_text(notify.replace('"wang"', '"li"'), encoding="utf-8")
        service.kill()
        service.start()
        assert status(here) == 410


def status(link: str) -> int:
    """Of a GET, which HEAD has too."""
    found: list[int] = []
    for method in ("GET", "HEAD"):
        try:
            request = urllib.request.Request(link, method=method)
            with urllib.request.urlopen(request, timeout=10) as answer:
                assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
                found.append(answer.status)
        except urllib.error.HTTPError as answer:
            with answer:
                found.append(answer.code)
    assert found[0] == found[1]
    return found[0]
