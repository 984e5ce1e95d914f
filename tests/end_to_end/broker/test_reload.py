"""Settings read again under load: each message counts once, an open event stays one; a bad one is nothing."""

import json
import os
import signal
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.end_to_end.alerts.test_notification import alerting, now, publish
from tests.support.liangqu_process import LiangquRun, StartLiangqu, items
from tests.support.peers.receivers import HttpReceiver, SmtpReceiver
from tests.support.servers import Mosquitto

START = datetime(2026, 1, 1, tzinfo=UTC)
SITE = """
[[site]]
id = "hill"
medium = "air"
name = { zh = "山", en = "Hill" }
zone = "city"
"""
BATCHES, BATCH = 12, 250


def reload(service: LiangquRun) -> int:
    """As `liangqu reload`; its exit code."""
    return service.fails("reload")[0]


@pytest.mark.server
def test_nothing_is_lost_by_reloads_and_an_open_event_stays_one(
    broker: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    (sites := tmp_path / "mine.toml").touch()
    with HttpReceiver() as hook, SmtpReceiver() as mail:
        service = start_liangqu(broker.port, sites=sites, more=alerting(tmp_path, hook, mail))
        begin = now() - timedelta(hours=3)
        publish(broker, [(begin, 60.0)])
        service.wait_until(lambda: len(hook.events()) == 1, "told")
        load = threading.Thread(target=publish_all, args=(broker,))
        load.start()

        codes = []
        for text in (SITE, "[[site]]\nid = 1\n", SITE.replace("Hill", "The hill"), "", SITE):
            sites.write_text(text, "utf-8")
            codes.append(reload(service))

        load.join()
        assert codes == [0, 2, 0, 0, 0]
        figures = service.wait_until_settled(BATCHES * BATCH + 1)
        assert items(figures)["stored"] == BATCHES * BATCH + 1
        assert service.gaps() == {"messages": 0, "items": 0}
        assert len(hook.events()) == 1
        publish(broker, [(begin + timedelta(hours=1), 5.0)])
        service.wait_until(lambda: len(hook.events()) == 2, "over")
        [episode] = json.loads(service.command("alerts", "history", "--json"))
        assert episode["episode"] == hook.events()[0]["episode"] == hook.events()[1]["episode"]
        assert service.stop() == 0


@pytest.mark.server
def test_people_and_rules_are_those_of_now_and_a_bad_file_leaves_the_former(
    broker: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    """By SIGHUP, as `systemctl reload` does; /readyz says what is wrong until it is mended."""
    with HttpReceiver() as hook, HttpReceiver() as other, SmtpReceiver() as mail:
        service = start_liangqu(broker.port, more=alerting(tmp_path, hook, mail))
        notify = tmp_path / "notify.toml"
        mine = notify.read_text("utf-8")
        begin = now() - timedelta(hours=3)

        notify.write_text(mine.replace(hook.url, "nowhere"), "utf-8")
        hang_up(service, lambda: any("settings not taken" in each for each in warnings(service)))
        publish(broker, [(begin, 60.0)])
        service.wait_until(lambda: len(hook.events()) == 1, "told where it was")

        notify.write_text(mine.replace(hook.url, other.url), "utf-8")
        hang_up(service, lambda: not any("settings not taken" in each for each in warnings(service)))
        publish(broker, [(begin + timedelta(hours=1), 5.0)])
        service.wait_until(lambda: len(other.events()) == 1, "told where it is")
        assert len(hook.events()) == 1

        rules = tmp_path / "rules.toml"
        rules.write_text(rules.read_text("utf-8").replace("wujinku", "nobody"), "utf-8")
        service.settings.write_text(
            service.settings.read_text("utf-8").replace("window = 500", "window = 400"), "utf-8"
        )
        assert reload(service) == 0
        assert "mqtt.window" in service.log.read_text("utf-8")


def publish_all(broker: Mosquitto) -> None:
    for each in batches():
        publish(broker, each, "beibengfang")


def batches() -> list[list[tuple[datetime, float]]]:
    """Readings of one minute after the other."""
    return [
        [(START + timedelta(minutes=first * BATCH + number), 12.0) for number in range(BATCH)]
        for first in range(BATCHES)
    ]


def warnings(service: LiangquRun) -> list[str]:
    found: list[str] = service.readyz()["warnings"]
    return found


def hang_up(service: LiangquRun, until: Callable[[], bool]) -> None:
    assert service.pid
    os.kill(service.pid, signal.SIGHUP)
    service.wait_until(until, "read again")
