"""Rows that nobody can read, in each table of the journal: the service starts, says so, and goes on."""

import json
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from tests.support.liangqu_process import LiangquRun, items, refused
from tests.support.peers.receivers import HttpReceiver
from tests.support.servers import Mosquitto

RULES = """\
[[rule]]
id = "loud"
category = "exceedance"
media = ["air"]
parameters = ["no2"]
statistic = "reading"
levels = [{ severity = "watch", limit = 100 }, { severity = "critical", limit = 200 }]
name = { zh = "二氧化氮", en = "NO2" }
"""
HUGE = 2**63 - 1
ODD_TEXT = "CAST(x'ff41' AS TEXT)"
# By table: what another hand has done to its rows; each fails the part that reads it.
TROUBLES = [
    "UPDATE series SET checks = x'c1ff00' WHERE parameter = 'no2'",
    f"UPDATE series SET last_ms = {HUGE} WHERE parameter = 'pm10'",
    f"UPDATE heard SET received_ms = -{HUGE} WHERE site = 'houcheng'",
    (
        "INSERT INTO recompute (site, day, cause) VALUES ('wujinku', 'rubbish', 'late'),"
        f" ('wujinku', '0001-01-01', 'late'), ({ODD_TEXT}, '2026-11-25', 'late')"
    ),
    f"INSERT INTO request (what, body, made_ms) VALUES ('ack', {ODD_TEXT}, 1)",
    (
        f"INSERT INTO mark VALUES ('wujinku', 'no2', 1, -{HUGE}, {HUGE}, 'invalid', 'r', 'b', NULL),"
        f" ('wujinku', 'no2', 2, 0, 1, 'invalid', {ODD_TEXT}, 'b', NULL)"
    ),
    f"INSERT INTO day_review VALUES (1, 'wujinku', '2026-01-01', 'submitted', 0, 1, '', 'b', 'r', {HUGE})",
    "UPDATE head SET body = x'c1' WHERE site = 'wujinku' AND parameter = 'no2'",
    "UPDATE hour_sum SET total = '1/0' WHERE site = 'wujinku' AND parameter = 'pm10'",
    f"INSERT OR REPLACE INTO day_mean VALUES ('wujinku', 'pm10', 20000, 5, '{'9' * 6000}')",
    f"INSERT OR REPLACE INTO month_mean VALUES ('wujinku', 'pm10', {HUGE}, 3, '5', 3, 1)",
    "UPDATE sample SET body = x'c1'",
    "UPDATE machine SET state = x'' WHERE rule = 'loud'",
    "UPDATE alert_sample SET body = x'c1'",
    f"INSERT OR REPLACE INTO baseline VALUES ('houcheng', 'codmn', 'reading', 1.0, {HUGE})",
    "UPDATE episode SET document = '{}' WHERE rule <> 'loud'",
    f"INSERT INTO silence (site, until_ms, reason, by, made_ms) VALUES ('wujinku', {HUGE}, 'r', 'b', 1)",
    (
        "INSERT INTO notification (key, channel, person, episode, site, document, made_ms, due_ms)"
        " VALUES ('k', 'hook', '', 'e', 's', 'rubbish', 1, 1)"
    ),
    f"INSERT INTO outgoing (id, entry_count, items, body) VALUES ({HUGE}, 1, 0, x'c1')",
    f"INSERT INTO inbox (topic, payload, received_ms) VALUES ({ODD_TEXT}, x'7b7d', 1)",
    f"INSERT INTO count VALUES ({ODD_TEXT}, 3), ('of nothing', {HUGE})",
    f"UPDATE meta SET value = {ODD_TEXT} WHERE name <> 'store_known'",
]


def reading(minutes_ago: int, **values: float) -> bytes:
    time = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=minutes_ago)
    return json.dumps({"time": time.isoformat(), "values": values}).encode()


def told(hook: HttpReceiver, site: str) -> list[str]:
    return [
        str(event["state"]) for event in hook.events() if (event["rule"], event["site"]) == ("loud", site)
    ]


@pytest.mark.server
def test_rows_that_nobody_can_read_are_set_aside_and_the_service_goes_on(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    with HttpReceiver() as hook:
        (tmp_path / "rules.toml").write_text(RULES, encoding="utf-8")
        (tmp_path / "notify.toml").write_text(
            f'[[channel]]\nid = "hook"\nwebhook = "{hook.url}"\n[wait]\ngroup = "1s"\n', encoding="utf-8"
        )
        more = f'[alerts]\nnotify_file = "{tmp_path}/notify.toml"\nrules = ["{tmp_path}/rules.toml"]\n'
        service = LiangquRun(tmp_path, mosquitto.port, more=more).start()
        try:
            service.wait_until_subscribed()
            with Publisher(Broker(port=mosquitto.port)) as publisher:
                for minutes in range(180, 5, -5):
                    publisher.publish("liangqu/air/wujinku", reading(minutes, no2=30.0, pm10=40.0))
                for minutes in (5, 4, 3):  # one alone would be a spike
                    publisher.publish("liangqu/air/wujinku", reading(minutes, no2=900.0))
                for hours in (8, 4):
                    publisher.publish("liangqu/water/houcheng", reading(60 * hours, codmn=9.0, ph=7.5))
            before = items(service.wait_until_settled(40))["stored"]
            service.wait_until(lambda: told(hook, "wujinku") == ["firing"], "told of the first")
            assert service.stop() == 0
            spoil(service)

            service.start(ready=False)
            service.wait_until_subscribed()
            with Publisher(Broker(port=mosquitto.port)) as publisher:
                publisher.publish("liangqu/air/wujinku", reading(1, no2=950.0, pm10=41.0))
                publisher.publish("liangqu/air/chongli-qingshaonian", reading(1, no2=950.0))
                publisher.publish("liangqu/water/houcheng", reading(0, codmn=9.0, ph=7.5))

            service.wait_until(lambda: items(service.metrics())["stored"] == before + 5, "stored")
            service.wait_until(lambda: told(hook, "chongli-qingshaonian") == ["firing"], "told of another")
            service.wait_until(lambda: service.readyz()["ready"] is True, "ready")
            assert any("internal_error" in each for each in service.readyz()["warnings"])
            # Every row but that of the inbox, which is a message, and that of outgoing, which held no item.
            assert refused(service.metrics())["internal_error"] >= len(TROUBLES) - 2
            assert "machine" in service.command("quarantine", "list")
            service.wait_until(lambda: service.days_left() == 0, "statistics are made anew from the store")
            log = service.log.read_text(encoding="utf-8")
            assert "part failed" not in log
            assert "part fails" not in log
            assert service.stop() == 0
        finally:
            service.kill()


MEANWHILE = [
    f"INSERT INTO silence (site, until_ms, reason, by, made_ms) VALUES ('wujinku', {HUGE}, 'r', 'b', 1)",
    (
        "INSERT INTO silence (site, until_ms, reason, by, made_ms)"
        f" VALUES ('wujinku', 10000000000000, {ODD_TEXT}, 'b', 1)"
    ),
    f"INSERT INTO mark VALUES ('wujinku', 'no2', 1, -{HUGE}, {HUGE}, 'invalid', 'r', 'b', NULL)",
    f"INSERT INTO request (what, body, made_ms) VALUES ('mark', {ODD_TEXT}, 1)",
    "UPDATE episode SET document = 'rubbish'",
]


@pytest.mark.server
def test_rows_that_come_while_it_runs_end_nothing_either(mosquitto: Mosquitto, tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(RULES, encoding="utf-8")
    more = f'[alerts]\nrules = ["{tmp_path}/rules.toml"]\n'
    service = LiangquRun(tmp_path, mosquitto.port, more=more).start()
    try:
        service.wait_until_subscribed()
        with Publisher(Broker(port=mosquitto.port)) as publisher:
            publisher.publish("liangqu/air/wujinku", reading(9, no2=900.0))
            service.wait_until(
                lambda: "loud" in service.command("alerts", "list", "--episodes", "--ids"), "firing"
            )
            for minutes, trouble in enumerate(MEANWHILE):
                with closing(sqlite3.connect(service.folder / "journal.db", isolation_level=None)) as journal:
                    journal.execute(trouble)
                time.sleep(2.5)  # the clock's turn, which meets it
                publisher.publish("liangqu/air/wujinku", reading(6 - minutes, no2=900.0))
                service.wait_until(partial(has_stored, service, minutes + 2), f"going on after {trouble}")
        service.wait_until(lambda: service.readyz()["ready"] is True, "ready")
        assert any("internal_error" in each for each in service.readyz()["warnings"])
        assert "part failed" not in service.log.read_text(encoding="utf-8")
        assert service.stop() == 0
    finally:
        service.kill()


def has_stored(service: LiangquRun, count: int) -> bool:
    return items(service.metrics())["stored"] == count


def spoil(service: LiangquRun) -> None:
    with closing(sqlite3.connect(service.folder / "journal.db", isolation_level=None)) as journal:
        for trouble in TROUBLES:
            assert journal.execute(trouble).rowcount > 0, trouble
