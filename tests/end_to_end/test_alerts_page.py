"""Acknowledging from a phone: the signed link of a mail, opened in a real browser, one button."""

import json
import re
import urllib.error
import urllib.parse
import urllib.request
from datetime import timedelta
from pathlib import Path

import pytest

from tests.browser import Phone
from tests.end_to_end.conftest import StartLiangqu
from tests.end_to_end.test_alerts import alerting, now, publish
from tests.receivers import HttpReceiver, SmtpReceiver
from tests.servers import Mosquitto
from tests.service import LiangquRun


def links(mail: SmtpReceiver) -> list[str]:
    return re.findall(r"http://\S+/alerts/\S+", "\n".join(mail.texts()))


def state(service: LiangquRun) -> list[tuple[str, str]]:
    episodes = json.loads(service.command("alerts", "list", "--json"))
    return [(episode["state"], episode["acknowledged_by"]) for episode in episodes]


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
        assert {"五金库", "警告", "66.4 µg/m³", "细颗粒物过高"} <= set(phone.text().splitlines()) | {
            word for line in phone.text().splitlines() for word in line.split(maxsplit=1)
        }
        assert phone.count("svg polyline") == 1
        assert phone.overflow() <= 0
        phone.screenshot(tmp_path / "page.png")
        assert state(service) == [("firing", "")]

        phone.press("button")
        service.wait_until(lambda: state(service) == [("acknowledged", "王")], "acknowledged")
        phone.visit(here)
        assert phone.count("button") == 0
        assert "已确认：王" in phone.text()
        phone.screenshot(tmp_path / "acknowledged.png")

        english = here.replace("lang=zh", "lang=en")
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(english, timeout=10)
        forged = urllib.parse.urlencode({"by": "li", "lang": "zh", "sig": "0" * 32}).encode()
        with pytest.raises(urllib.error.HTTPError, match="403"):
            urllib.request.urlopen(here.partition("?")[0], forged, timeout=10)
        print(f"screenshots in {tmp_path}")
