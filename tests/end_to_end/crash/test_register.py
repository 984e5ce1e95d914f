"""Killed at random while readings come late, are revised and marked: the register is that of the values."""

import json
import random
import threading
import time
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from alerts.notify import config
from alerts.rules import definition
from ingest.journal.file import Journal
from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from sensors.catalogue import loader
from tests.end_to_end.alerts.test_notification import only
from tests.end_to_end.crash.test_statistics import in_peace
from tests.support.liangqu_process import LiangquRun, StartLiangqu
from tests.support.peers.receivers import HttpReceiver
from tests.support.pipeline_harness import SITES
from tests.support.random_histories import Sent, course, fresh, rows
from tests.support.scale import FULL, scaled
from tests.support.servers import Mosquitto

RULE = """
[[rule]]
id = "{id}"
category = "exceedance"
parameters = [{parameters}]
statistic = "{statistic}"
levels = [{{ severity = "watch", limit = {low} }}, {{ severity = "critical", limit = {high} }}]
for = "{patience}"
clear_for = "{patience}"
name = {{ zh = "–", en = "–" }}
"""
RULES = "".join(
    RULE.format(id=id_, parameters=parameters, statistic=statistic, low=low, high=high, patience=patience)
    for id_, parameters, statistic, low, high, patience in (
        ("reading", '"pm25"', "reading", 25, 45, "0s"),
        ("patient", '"pm25"', "reading", 25, 40, "1h"),
        ("hour", '"pm25"', "1h", 25, 38, "20m"),
        ("day", '"pm25"', "24h", 26, 30, "0s"),
        ("index", '"aqi"', "1h", 38, 50, "0s"),
        ("sample", "", "sample", 3, 5, "0s"),
    )
)
NOTIFY = """\
[[channel]]
id = "hook"
webhook = "%s"
[[route]]
to = ["hook"]
severity = "watch"
[wait]
group = "0s"
digest = "0s"
"""


def history(order: random.Random) -> list[Sent]:
    """A course of which some comes late, and some is revised."""
    messages = list(course(order, 1.5))
    late = [sent for sent in messages if order.random() < 0.08]
    coming = [sent for sent in messages if sent not in late]
    for sent in late:
        coming.insert(order.randrange(len(coming) // 2, len(coming) + 1), sent)
    for sent in order.sample(messages, 12):
        name = order.choice(sorted(sent.values))
        value = round(sent.values[name] * order.uniform(0.6, 1.7), 2)
        coming.insert(
            order.randrange(coming.index(sent) + 1, len(coming) + 1),
            Sent(sent.site, sent.time, {name: value}),
        )
    return coming


def publish(port: int, messages: list[Sent]) -> None:
    with Publisher(Broker(port=port), patience=None, rate=15 if FULL else 60) as publisher:
        for sent in messages:
            site = sent.site
            body = {"time": sent.time.isoformat(), "values": sent.values}
            body |= {"kind": "hour"} if site == "hourly" else {}
            body |= {"flags": dict.fromkeys(sent.values, sent.flag)} if sent.flag != "N" else {}
            medium = "water" if site in {"upper", "lower"} else "air"
            publisher.publish(f"liangqu/{medium}/{site}", json.dumps(body).encode())


class Blows:
    """Kills the service, at times with a mark or its withdrawal just left, and starts it again."""

    def __init__(self, service: LiangquRun, order: random.Random, messages: list[Sent]) -> None:
        self.service, self.order, self.messages = service, order, messages
        self.marked: list[tuple[str, ...]] = []
        self.kills = 0

    def next(self) -> None:
        """One blow, a moment later."""
        time.sleep(self.order.uniform(0.0, 1.2))
        if self.order.random() < 0.3:
            self._mark()
        elif self.marked and self.order.random() < 0.2:
            taken_back = self.marked.pop(self.order.randrange(len(self.marked)))
            self.service.command("unmark", *taken_back, "--reason", "看错", "--by", "李")
        self.service.kill()
        self.service.start(ready=False)
        self.kills += 1

    def _mark(self) -> None:
        sent = self.order.choice(self.messages)
        until = sent.time + timedelta(hours=self.order.choice((2, 6)))
        parameter = self.order.choice(("all", min(sent.values)))
        self.marked.append((sent.site, parameter, sent.time.isoformat(), until.isoformat()))
        self.service.command("mark", *self.marked[-1], "--as", "invalid", "--reason", "校准", "--by", "李")


@pytest.mark.server
@pytest.mark.heavy
@pytest.mark.timeout(3600)
def test_kill_9_at_random_leaves_the_register_of_the_values(
    broker: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    seed = random.SystemRandom().randrange(10**6) if FULL else 20261126
    print(f"seed {seed}")
    order = random.Random(seed)
    own, sites, notify = (tmp_path / name for name in ("rules.toml", "sites.toml", "notify.toml"))
    own.write_text(only(RULES), encoding="utf-8")
    sites.write_text(SITES, encoding="utf-8")
    messages = history(order)
    with HttpReceiver() as hook:
        notify.write_text(NOTIFY % hook.url, encoding="utf-8")
        assert config.load(notify).routes
        more = f'[alerts]\npage_max_age = "none"\nrules = ["{own}"]\nnotify_file = "{notify}"\n'
        service = start_liangqu(broker.port, sites=sites, more=more)
        publishing = threading.Thread(target=publish, args=(broker.port, messages))
        publishing.start()
        blows = Blows(service, order, messages)
        while blows.kills < scaled(40) or publishing.is_alive():
            blows.next()
        publishing.join()
        service.wait_until_settled(len(messages))
        in_peace(service)
        service.stop()

    catalogue = loader.load([sites])
    judged = definition.load(catalogue, [own])
    stored = service.folder / "liangqu.db"
    with closing(fresh(stored, catalogue, judged, messages, tmp_path / "fresh")) as other:
        wanted = rows(other.journal.connection())
    with closing(Journal(service.folder / "journal.db")) as journal:
        served = rows(journal.connection())
    assert {row[0] for row in wanted} >= {"reading", "patient", "hour", "index", "sample"}
    assert served == wanted
    left = f"{blows.kills} kills, {len(blows.marked)} marks left"
    print(f"{left}, {len(messages)} messages, {len(wanted)} episodes, {len(hook.events())} posts")
