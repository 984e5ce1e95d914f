"""`liangqu alerts` beside a running service, and what `check` says of rules and channels."""

import csv
import io
import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.end_to_end.alerts.test_notification import alerting, now, publish
from tests.support.liangqu_process import StartLiangqu
from tests.support.peers.receivers import HttpReceiver, SmtpReceiver
from tests.support.servers import Mosquitto


@pytest.mark.server
def test_the_commands(mosquitto: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path) -> None:
    with HttpReceiver() as hook, SmtpReceiver() as mail:
        service = start_liangqu(mosquitto.port, more=alerting(tmp_path, hook, mail))
        assert service.command("alerts", "list") == "no open episodes\n"
        begin = now() - timedelta(hours=3)
        publish(mosquitto, [(begin, 40.0), (begin + timedelta(hours=1), 60.0)])
        service.wait_until(lambda: len(hook.events()) == 1, "told")
        episode = hook.events()[0]["episode"]

        service.command("alerts", "ack", episode[:6], "--by", "李", "--note", "去看")
        service.wait_until(lambda: "acknowledged" in service.command("alerts", "list"), "taken")
        publish(mosquitto, [(begin + timedelta(hours=2), 5.0)])
        service.wait_until(lambda: len(hook.events()) == 2, "over")
        [row] = csv.DictReader(io.StringIO(service.command("alerts", "history", "--csv")))
        assert (row["episode"], row["state"], row["reason"]) == (episode, "resolved", "clear")
        assert (row["peak"], row["mean"], row["hours"], row["acknowledged_by"], row["note"]) == (
            "60.0", "50.0", "2.0", "李", "去看",
        )  # fmt: skip
        assert service.fails("alerts", "ack", episode)[0] == 1
        assert service.fails("alerts", "ack", "nothing") == (1, "liangqu: there is no episode nothing\n")

        service.command("alerts", "silence", "wujinku", "--for", "1h", "--reason", "维护", "--by", "李")
        service.wait_until(lambda: "silence 1" in service.command("alerts", "list"), "silenced")
        publish(mosquitto, [(now(), 50.0)])
        service.wait_until(
            lambda: episode != open_episode(service.command("alerts", "list", "--json")), "open"
        )
        service.wait_until_settled(4)
        assert len(hook.events()) == 2
        service.command("alerts", "unsilence", "1")
        service.wait_until(lambda: len(hook.events()) == 3, "told after all")
        assert hook.events()[2]["reason"] == "still_exceeded"

        told = service.command("alerts", "test", "--by", "李")
        assert "hook (http://127.0.0.1)" in told
        service.wait_until(lambda: len(hook.events()) == 4, "tested")
        assert hook.events()[3]["test"] is True
        code, words = service.fails("alerts", "silence", "nowhere")
        assert code == 2
        assert words.startswith("liangqu: SITE: there is no site, zone or river 'nowhere'; known are ")


def open_episode(text: str) -> str:
    found = json.loads(text)
    return str(found[0]["episode"]) if found else ""


@pytest.mark.server
def test_check_tells_rules_and_channels_and_names_mistakes(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    with HttpReceiver() as hook, SmtpReceiver() as mail:
        service = start_liangqu(mosquitto.port, more=alerting(tmp_path, hook, mail))
        told = service.command("check")
        assert "rule        air-bad  pm25 reading: warning > 25 µg/m³, critical > 75 µg/m³\n" in told
        assert "\n            9 places: renmin-gongyuan, wujinku, " in told
        assert "hook (http://127.0.0.1), mail (mailto://127.0.0.1)" in told

        notify = tmp_path / "notify.toml"
        notify.write_text(notify.read_text(encoding="utf-8").replace("mailto:", "carrierpigeon:"))
        code, words = service.fails("check")
        assert code == 2
        assert words == (
            "liangqu: notify_file: channel mail: carrierpigeon://127.0.0.1:"
            " no address that apprise understands\n"
        )
