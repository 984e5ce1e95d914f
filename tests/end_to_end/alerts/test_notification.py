"""From a reading on MQTT to the person on duty: the running service, a real broker, real receivers."""

import json
import time
import tomllib
import urllib.error
import urllib.request
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from alerts.notify.channels.webhook import SIGNATURE, signature
from ingest.mqtt.broker import Broker, connect, make_client
from ingest.mqtt.publisher import Publisher
from ingest.stores.sqlite.store import SqliteStore
from tests.support.liangqu_process import LiangquRun, StartLiangqu, refused
from tests.support.paths import ROOT
from tests.support.peers.receivers import HttpReceiver, SmtpReceiver
from tests.support.servers import Mosquitto

RULES = """\
[[rule]]
id = "air-bad"
category = "exceedance"
media = ["air"]
parameters = ["pm25"]
statistic = "reading"
levels = [{ severity = "warning", limit = 25, clear = 20 }, { severity = "critical", limit = 75 }]
name = { zh = "细颗粒物过高", en = "Too much PM2.5" }
"""

OFF = """
[[rule]]
id = "{id}"
category = "system"
statistic = "system"
levels = [{{ severity = "info", limit = 0 }}]
name = {{ zh = "–", en = "–" }}
enabled = false
"""

NOTIFY = """\
[[channel]]
id = "hook"
webhook = "%s"
secret = "geheim"
[[channel]]
id = "mail"
url = "mailto://127.0.0.1:%d?from=alerts@example.org&to=duty@example.org&mode=insecure&format=text"
[[person]]
id = "wang"
name = "王"
channels = ["mail"]
[duty]
people = ["wang"]
[[route]]
to = ["hook", "duty"]
[wait]
recovery = "0s"
over = "0s"
group = "0s"
digest = "0s"
"""


def only(rows: str) -> str:
    """These rules, and the shipped ones switched off."""
    shipped = tomllib.loads((ROOT / "alerts" / "rules" / "rules.toml").read_text(encoding="utf-8"))["rule"]
    ours = {row["id"] for row in tomllib.loads(rows)["rule"]}
    return rows + "".join(OFF.format(id=row["id"]) for row in shipped if row["id"] not in ours)


def alerting(folder: Path, hook: HttpReceiver, mail: SmtpReceiver, more: str = "") -> str:
    """The settings' part for rules, channels and people, in files of the folder."""
    (folder / "rules.toml").write_text(only(RULES), encoding="utf-8")
    (folder / "notify.toml").write_text(NOTIFY % (hook.url, mail.port), encoding="utf-8")
    return (
        f'[alerts]\nrules = ["{folder / "rules.toml"}"]\nnotify_file = "{folder / "notify.toml"}"\n'
        f'page_max_age = "none"\n{more}'
    )


def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def publish(broker: Mosquitto, values: list[tuple[datetime, float]], site: str = "wujinku") -> None:
    with Publisher(Broker(port=broker.port)) as publisher:
        for moment, value in values:
            body = json.dumps({"time": moment.isoformat(), "values": {"pm25": value}}).encode()
            publisher.publish(f"liangqu/air/{site}", body)


def retained(broker: Mosquitto, topic: str) -> list[tuple[str, dict[str, Any]]]:
    """What a late subscriber is given at once."""
    found: list[tuple[str, dict[str, Any]]] = []
    client = make_client(Broker(port=broker.port, client_id="late"))
    client.on_message = lambda _client, _data, message: found.append(
        (message.topic, json.loads(message.payload))
    )
    client.on_connect = lambda each, *_: each.subscribe(topic, qos=1)
    connect(client, Broker(port=broker.port))
    client.loop_start()
    deadline = time.monotonic() + 1.5
    while time.monotonic() < deadline:
        time.sleep(0.05)
    client.disconnect()
    client.loop_stop()
    if (connection := client.socket()) is not None:  # the loop may end before it has closed it
        connection.close()
    return found


@pytest.mark.server
def test_an_exceedance_is_told_acknowledged_and_over(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    with HttpReceiver() as hook, SmtpReceiver() as mail:
        service: LiangquRun = start_liangqu(mosquitto.port, more=alerting(tmp_path, hook, mail))
        begin = now() - timedelta(hours=4)
        publish(mosquitto, [(begin, 12.0), (begin + timedelta(hours=1), 80.5)])
        service.wait_until(lambda: len(hook.events()) == 1 and len(mail.mails) == 1, "told")

        episode = hook.events()[0]["episode"]
        with Publisher(Broker(port=mosquitto.port)) as publisher:
            ack = json.dumps({"action": "ack", "by": "李", "note": "去看", "key": "1"}).encode()
            publisher.publish(f"liangqu/handling/{episode}", ack)
        publish(mosquitto, [(begin + timedelta(hours=2), 41.0), (begin + timedelta(hours=3), 20.0)])
        service.wait_until(lambda: len(hook.events()) == 3 and len(mail.mails) == 3, "over")
        service.wait_until_settled(5)

        firing, taken, resolved = hook.events()
        assert (taken["state"], taken["told"], taken["by"]) == ("acknowledged", "acknowledged", "李")
        assert (firing["state"], firing["reason"], firing["severity"]) == ("firing", "exceeded", "critical")
        assert (firing["value"], firing["limit"], firing["unit"]) == (80.5, 75.0, "µg/m³")
        assert firing["site"] == "wujinku"
        assert firing["statistic"] == "reading"
        assert (resolved["state"], resolved["reason"], resolved["episode"]) == ("resolved", "clear", episode)
        headers, body = hook.posts[0]
        assert headers[SIGNATURE] == signature("geheim", body)
        assert "五金库" in mail.texts()[0]
        assert "峰值 80 µg/m³" in mail.texts()[2]  # rounded as the law does
        assert len(set(mail.keys())) == 3

        [(topic, event)] = retained(mosquitto, "liangqu/alerts/#")
        assert topic == "liangqu/alerts/wujinku/air-bad/pm25"
        assert {
            "rule", "site", "parameter", "severity", "category", "state", "reason", "since", "time", "value",
            "limit", "unit", "statistic", "episode", "historical", "message",
        } <= event.keys()  # fmt: skip
        assert event["state"] == "resolved"
        service.stop()
    store = SqliteStore(service.folder / "liangqu.db")
    flags = store.points("exceedance", begin, begin + timedelta(days=1))
    assert sorted(flags.query("rule == 'air-bad'")["value"]) == [41.0, 80.5]
    alerts = store.points("alert", begin, now() + timedelta(days=1))
    assert list(alerts["state"]) == ["firing", "resolved", "acknowledged"]  # the last by the clock's time
    assert list(alerts["by"])[2] == "李"
    store.close()


@pytest.mark.server
def test_a_failing_channel_is_tried_again_and_holds_up_no_other(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    with HttpReceiver() as hook, SmtpReceiver() as mail:
        hook.status = 500
        service = start_liangqu(mosquitto.port, more=alerting(tmp_path, hook, mail))
        publish(mosquitto, [(now(), 30.0)])
        service.wait_until(lambda: len(mail.mails) == 1 and hook.refused > 0, "mailed, and refused")
        assert hook.posts == []

        hook.status = 204
        service.wait_until(lambda: len(hook.events()) == 1, "posted after all")

        notified = 'liangqu_notifications_total{channel="hook",result="%s"}'
        service.wait_until(lambda: service.metrics().get(notified % "sent") == 1, "counted after the answer")
        assert service.metrics()[notified % "failed"] >= 1
        assert "geheim" not in service.log.read_text(encoding="utf-8")


@pytest.mark.server
def test_old_data_wake_nobody_and_come_as_one_digest(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    with HttpReceiver() as hook, SmtpReceiver() as mail:
        more = alerting(tmp_path, hook, mail).replace('page_max_age = "none"', 'page_max_age = "6h"')
        notify = tmp_path / "notify.toml"
        notify.write_text(notify.read_text(encoding="utf-8").replace('digest = "0s"', 'digest = "5s"'))
        service = start_liangqu(mosquitto.port, more=more)
        begin = now() - timedelta(days=3)
        publish(mosquitto, [(begin + timedelta(hours=k), 30.0 if k % 3 else 5.0) for k in range(12)])
        service.wait_until(lambda: len(hook.events()) == 7, "seven changes of four episodes")
        service.wait_until(lambda: len(mail.keys()) == 7, "mailed")
        # Two where the turn of the digest falls between the messages.
        assert {len(hook.posts), len(mail.mails)} <= {1, 2}

        assert all(event["historical"] for event in hook.events())
        listed = service.command("alerts", "list")
        assert listed == ("of old readings alone: 1, see liangqu alerts history\nno open events\n")
        assert " historical\n" in service.command("alerts", "history")
        publish(mosquitto, [(now(), 33.0)])
        service.wait_until(lambda: len(hook.events()) == 8, "the fourth still lasts today")
        last = hook.events()[-1]
        assert (last["historical"], last["reason"], last["episode"]) == (
            False,
            "still_exceeded",
            hook.events()[-2]["episode"],
        )
        assert f"{last['episode']}  " in service.command("alerts", "list", "--episodes")


@pytest.mark.server
def test_a_heartbeat_is_heard_and_a_form_too_large_is_refused(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    with HttpReceiver() as hook:
        notify = tmp_path / "notify.toml"
        notify.write_text(f'[heartbeat]\nurl = "{hook.url}"\nevery = "1s"\n', encoding="utf-8")
        service = start_liangqu(mosquitto.port, more=f'[alerts]\nnotify_file = "{notify}"\n')
        service.wait_until(lambda: len(hook.posts) >= 2, "two beats")

        page = f"http://127.0.0.1:{service.http}/alerts/0123456789ab"
        for body, answer in ((b"x" * 5000, "413"), (b"by=li", "403")):
            with pytest.raises(urllib.error.HTTPError, match=answer):
                urllib.request.urlopen(page, body, timeout=10)
        service.kill()
        beats = len(hook.posts)
        time.sleep(1.5)
        assert len(hook.posts) == beats


@pytest.mark.server
def test_what_handles_nothing_is_quarantined_and_an_unknown_episode_is_let_go(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu
) -> None:
    service = start_liangqu(mosquitto.port)
    with Publisher(Broker(port=mosquitto.port)) as publisher:
        for body in (b"no json", b'{"action": "shout", "by": "li"}', b'{"action": "ack"}'):
            publisher.publish("liangqu/handling/0123456789ab", body)
        publisher.publish("liangqu/handling/0123456789ab", b'{"action": "ack", "by": "li"}')

    figures = service.wait_until_settled(4)

    assert refused(figures) == {"not_json": 1, "bad_envelope": 2}
    assert figures["liangqu_messages_received_total"] == figures["liangqu_messages_processed_total"] == 4


@pytest.mark.server
def test_events_wait_for_the_broker_and_a_system_rule_calls_out_its_absence(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    with HttpReceiver() as hook, SmtpReceiver() as mail:
        more = alerting(tmp_path, hook, mail)
        rule = """
[[rule]]
id = "broker-away"
category = "system"
statistic = "system"
parameters = ["broker"]
levels = [{ severity = "critical", limit = 1 }]
name = { zh = "消息服务器", en = "Broker away" }
"""
        (tmp_path / "rules.toml").write_text(only(RULES + rule), encoding="utf-8")
        service = start_liangqu(mosquitto.port, more=more)
        mosquitto.kill()
        service.wait_until(lambda: len(hook.events()) == 1, "told that the broker is away")
        assert hook.events()[0]["rule"] == "broker-away"

        mosquitto.start()
        service.wait_until(lambda: len(hook.events()) == 2, "and that it is back")
        service.wait_until(
            lambda: [e["state"] for _, e in retained(mosquitto, "liangqu/alerts/#")] == ["resolved"],
            "published",
        )
