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


def wait_half_a_day(folder: Path) -> None:
    """An event is over once it has been calm for so long."""
    notify = folder / "notify.toml"
    notify.write_text(notify.read_text(encoding="utf-8").replace('recovery = "0s"', 'recovery = "12h"'))


@pytest.mark.server
def test_the_commands(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIANGQU_LANGUAGE", "zh")
    with HttpReceiver() as hook, SmtpReceiver() as mail:
        more = alerting(tmp_path, hook, mail)
        wait_half_a_day(tmp_path)
        service = start_liangqu(mosquitto.port, more=more)
        assert service.command("alerts", "list") == "没有未结束的告警事件\n"
        begin = now() - timedelta(hours=3)
        publish(mosquitto, [(begin, 40.0), (begin + timedelta(hours=1), 60.0)])
        service.wait_until(lambda: len(hook.events()) == 1, "told")
        first = hook.events()[0]
        episode, event = first["episode"], first["event"]
        head, line, standing = service.command("alerts", "list").splitlines()
        assert head.startswith("编号    严重程度")
        assert line.startswith(f"{event[:6]}  警告  ")
        assert "60 µg/m³" in standing

        service.command("alerts", "ack", "--site", "wujinku", "--by", "李", "--note", "去看")
        service.wait_until(lambda: "备注：去看" in service.command("alerts", "list"), "taken")
        publish(mosquitto, [(begin + timedelta(hours=2), 5.0)])
        service.wait_until(lambda: "起已恢复" in service.command("alerts", "list"), "calm")
        [row] = csv.DictReader(io.StringIO(service.command("alerts", "history", "--csv")))
        assert (row["episode"], row["state"], row["reason"]) == (episode, "resolved", "clear")
        assert (row["peak"], row["mean"], row["hours"], row["acknowledged_by"], row["note"]) == (
            "60.0", "50.0", "2.0", "李", "去看",
        )  # fmt: skip
        [row] = json.loads(service.command("alerts", "history", "--events", "--json"))
        assert (row["event"], row["acknowledged_by"], row["end"]) == (event, "李", None)
        assert service.fails("alerts", "ack", "nothing") == (
            1, "liangqu: 没有事件或告警过程 nothing\n",
        )  # fmt: skip

        service.command("alerts", "silence", event[:6], "--for", "1h", "--reason", "维护", "--by", "李")
        service.wait_until(lambda: "静默 1  事件" in service.command("alerts", "list"), "silenced")
        told_before = len(hook.events())
        publish(mosquitto, [(now(), 90.0)])
        service.wait_until(lambda: "；静默 1" in service.command("alerts", "list"), "open, and graver")
        service.wait_until_settled(4)
        assert len(hook.events()) == told_before
        service.command("alerts", "unsilence", event[:6])
        service.wait_until(lambda: len(hook.events()) == told_before + 1, "told after all")
        assert hook.events()[-1]["severity"] == "critical"


@pytest.mark.server
def test_planned_silences_figures_and_a_test_message(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIANGQU_LANGUAGE", "zh")
    with HttpReceiver() as hook, SmtpReceiver() as mail:
        service = start_liangqu(mosquitto.port, more=alerting(tmp_path, hook, mail))
        start, end = (now() + timedelta(days=1), now() + timedelta(days=1, hours=2))
        service.command("alerts", "silence", "wujinku", "--from", start.isoformat(), "--to", end.isoformat())
        service.wait_until(lambda: "静默 1  五金库，" in service.command("alerts", "list"), "planned")
        assert "没有发给人的消息" in service.command("alerts", "metrics")
        told = service.command("alerts", "test", "--by", "李")
        assert "hook（http://127.0.0.1）：已发出" in told
        service.wait_until(lambda: len(hook.events()) == 1, "tested")
        assert hook.events()[-1]["test"] is True
        code, words = service.fails("alerts", "silence", "nowhere")
        assert code == 2
        assert words.startswith("liangqu: SITE：没有站点、片区或河流 'nowhere'；已知的有 ")


@pytest.mark.server
def test_check_tells_rules_and_channels_and_names_mistakes(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    with HttpReceiver() as hook, SmtpReceiver() as mail:
        service = start_liangqu(mosquitto.port, more=alerting(tmp_path, hook, mail))
        text = service.settings.read_text("utf-8")
        service.settings.write_text(
            text.replace("[http]\n", '[http]\npublic_url = "https://a.example.org"\n', 1), "utf-8"
        )
        told = service.command("check")
        assert "rule        PM2.5 reading > 25 µg/m³: warning; > 75 µg/m³: critical\n" in told
        assert "\n            9 places: Renmin Park, Wujinku, " in told
        assert "hook (http://127.0.0.1), mail (mailto://127.0.0.1)" in told

        notify = tmp_path / "notify.toml"
        notify.write_text(notify.read_text(encoding="utf-8").replace("mailto:", "carrierpigeon:"))
        code, words = service.fails("check")
        assert code == 2
        assert words == (
            "liangqu: notify_file: channel mail: carrierpigeon://127.0.0.1:"
            " no address that apprise understands\n"
        )
