"""Late readings and marks beside a running service: its register becomes that of the sorted stream."""

import csv
import io
import json
import random
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from tests.alerts.history.test_register import Message, course
from tests.end_to_end.alerts.test_notification import alerting, now, only, publish
from tests.end_to_end.crash.test_statistics import in_peace
from tests.support.liangqu_process import LiangquRun, StartLiangqu
from tests.support.peers.receivers import HttpReceiver, SmtpReceiver
from tests.support.servers import Mosquitto, StartInfluxd, StartMosquitto

RULES = """\
[[rule]]
id = "reading"
category = "exceedance"
media = ["air"]
parameters = ["pm25"]
statistic = "reading"
levels = [{ severity = "watch", limit = 25, clear = 22 }, { severity = "warning", limit = 40 }]
name = { zh = "读数", en = "Reading" }

[[rule]]
id = "day"
category = "exceedance"
media = ["air"]
parameters = ["pm25"]
statistic = "24h"
levels = [{ severity = "watch", limit = 26 }]
name = { zh = "日", en = "Day" }

[[rule]]
id = "hour-index"
category = "exceedance"
parameters = ["aqi"]
statistic = "1h"
levels = [{ severity = "watch", limit = 38 }]
name = { zh = "指数", en = "Index" }

[[rule]]
id = "sample"
category = "exceedance"
media = ["water"]
statistic = "sample"
levels = [{ severity = "critical", limit = "target" }]
name = { zh = "水样", en = "Sample" }
"""
SITES = {"hourly": "wujinku", "quick": "taizicheng", "upper": "bahaoqiao"}


def messages() -> list[Message]:
    """Four days of three shipped sites, around the limits."""
    return [(SITES[site], *rest) for site, *rest in course(4, 1) if site in SITES]  # type: ignore[misc]


def send(broker: Mosquitto, stream: list[Message]) -> None:
    with Publisher(Broker(port=broker.port)) as publisher:
        for site, moment, values in stream:
            medium = "water" if site == "bahaoqiao" else "air"
            body = json.dumps({"time": moment.isoformat(), "values": values}).encode()
            publisher.publish(f"liangqu/{medium}/{site}", body)


def history(service: LiangquRun) -> list[tuple[str, ...]]:
    """What `alerts history --csv` tells of every episode that holds."""
    columns = ("rule", "site", "parameter", "severity", "begin", "end", "peak", "mean")
    table = csv.DictReader(io.StringIO(service.command("alerts", "history", "--csv")))
    return sorted(tuple(row[name] for name in columns) for row in table if row["reason"] != "invalidated")


@pytest.mark.server
@pytest.mark.timeout(600)
def test_the_late_ones_at_last_give_the_register_of_the_sorted_stream(
    start_mosquitto: StartMosquitto,
    start_influxd: StartInfluxd,
    start_liangqu: StartLiangqu,
    tmp_path: Path,
) -> None:
    (tmp_path / "rules.toml").write_text(only(RULES), encoding="utf-8")
    more = f'[alerts]\npage_max_age = "none"\nrules = ["{tmp_path / "rules.toml"}"]\n'
    stream = messages()
    order = random.Random(3)
    held_back = [message for message in stream if order.random() < 0.2]
    for name in ("in order", "late"):
        (tmp_path / name).mkdir()
    brokers = [start_mosquitto(), start_mosquitto()]
    in_order = start_liangqu(brokers[0].port, more=more)
    arrived = start_liangqu(brokers[1].port, influxdb=start_influxd().url, more=more)
    send(brokers[0], stream)
    send(brokers[1], [message for message in stream if message not in held_back])
    arrived.wait_until_settled(len(stream) - len(held_back))
    in_order.wait_until_settled(len(stream))
    in_peace(in_order)
    in_peace(arrived)
    wanted = history(in_order)
    assert history(arrived) != wanted

    order.shuffle(held_back)
    send(brokers[1], held_back)
    arrived.wait_until_settled(len(stream))
    arrived.kill()
    arrived.start()
    in_peace(arrived)

    assert {row[0] for row in wanted} == {"reading", "day", "hour-index", "sample"}
    print(f"{len(stream)} messages, {len(held_back)} of them late, {len(wanted)} episodes")
    assert history(arrived) == wanted


@pytest.mark.server
def test_a_mark_invalidates_what_fires_and_the_person_is_told_once(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    with HttpReceiver() as hook, SmtpReceiver() as mail:
        service = start_liangqu(mosquitto.port, more=alerting(tmp_path, hook, mail))
        begin = now() - timedelta(hours=4)
        span = [(begin + timedelta(minutes=minutes)).isoformat() for minutes in (30, 180)]
        publish(mosquitto, [(begin, 12.0), (begin + timedelta(hours=1), 60.5)])
        publish(mosquitto, [(begin + timedelta(hours=2), 61.5)])
        service.wait_until(lambda: len(hook.events()) == 1 and len(mail.mails) == 1, "told")
        service.wait_until_settled(3)

        service.command("mark", "wujinku", "pm25", *span, "--as", "invalid", "--reason", "校准", "--by", "李")
        service.wait_until(
            lambda: len(hook.events()) == 2 and len(mail.mails) == 2, "told that it is invalidated"
        )
        in_peace(service)

        firing, invalidated = hook.events()
        assert (invalidated["state"], invalidated["reason"], invalidated["episode"]) == (
            "resolved", "invalidated", firing["episode"],
        )  # fmt: skip
        assert len(hook.events()) == len(mail.mails) == 2
        [row] = json.loads(service.command("alerts", "history", "--json"))
        assert (row["reason"], row["peak"]) == ("invalidated", 61.5)

        service.command("unmark", "wujinku", "pm25", *span, "--reason", "看错", "--by", "李")
        in_peace(service)
        publish(mosquitto, [(begin + timedelta(hours=3, minutes=30), 62.5)])
        service.wait_until(
            lambda: [e["reason"] for e in hook.events()][2:] == ["exceeded", "still_exceeded"], "told again"
        )
        rows = json.loads(service.command("alerts", "history", "--json"))
        [again] = [row for row in rows if row["reason"] != "invalidated"]
        assert len(rows) == 2
        assert again["episode"] == hook.events()[-1]["episode"]
        assert datetime.fromisoformat(again["begin"]) == begin + timedelta(hours=1)
        assert (again["end"], again["peak"]) == (None, 62.5)


LEVELS = """\
[[rule]]
id = "no2"
category = "exceedance"
parameters = ["no2"]
statistic = "reading"
levels = [{ severity = "watch", limit = 100 }, { severity = "critical", limit = 200 }]
name = { zh = "二氧化氮", en = "NO2" }
"""
TWO_ROUTES = """\
[[channel]]
id = "all"
webhook = "%s"
[[channel]]
id = "severe"
webhook = "%s"
[[route]]
to = ["all"]
severity = "watch"
[[route]]
to = ["severe"]
severity = "warning"
[wait]
recovery = "0s"
over = "0s"
group = "0s"
digest = "0s"
"""


@pytest.mark.server
def test_current_values_beyond_what_was_announced_are_told_whatever_a_late_one_has_shown(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    """The review's C3: 150 four times, 250 late between them, 151, then beyond 200."""
    with HttpReceiver() as every, HttpReceiver() as severe:
        (tmp_path / "rules.toml").write_text(only(LEVELS), encoding="utf-8")
        (tmp_path / "notify.toml").write_text(TWO_ROUTES % (every.url, severe.url), encoding="utf-8")
        files = f'rules = ["{tmp_path / "rules.toml"}"]\nnotify_file = "{tmp_path / "notify.toml"}"\n'
        service = start_liangqu(mosquitto.port, more=f"[alerts]\n{files}")
        clock = now()

        def send(*values: tuple[float, float]) -> None:
            with Publisher(Broker(port=mosquitto.port)) as publisher:
                for minute, value in values:
                    moment = (clock + timedelta(minutes=minute)).isoformat()
                    body = json.dumps({"time": moment, "values": {"no2": value}}).encode()
                    publisher.publish("liangqu/air/wujinku", body)

        send((-50, 150), (-45, 150.5), (-40, 150), (-35, 150.5))
        service.wait_until(lambda: len(every.events()) == 1, "told")
        service.wait_until_settled(4)
        send((-37.5, 250))
        service.wait_until_settled(5)
        in_peace(service)
        [row] = json.loads(service.command("alerts", "list", "--episodes", "--json"))
        assert row["severity"] == "critical"
        service.kill()
        service.start()
        send((-30, 151), (-25, 252.5), (-20, 252), (-15, 251.5))
        service.wait_until(lambda: bool(severe.events()), "told of what is current")
        send((-10, 251))
        service.wait_until_settled(10)
        in_peace(service)

    told = [(e["state"], e["reason"], e["severity"], e["value"]) for e in every.events()]
    assert told == [("firing", "exceeded", "watch", 150), ("firing", "worse", "critical", 252.5)]
    assert [(e["reason"], e["severity"]) for e in severe.events()] == [("worse", "critical")]
