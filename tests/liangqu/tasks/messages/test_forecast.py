"""What giving items back would bring is what it then brings."""

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ingest.journal import accounting, quarantine
from ingest.journal.file import Journal
from ingest.journal.inbox import InboxMessage
from ingest.journal.quarantine import ANY, QuarantineFilter
from ingest.pipeline import Pipeline
from liangqu.__main__ import app
from liangqu.config import settings
from liangqu.config.factories import open_alerting, open_catalogue, open_notify
from liangqu.config.settings import Settings
from liangqu.tasks.messages.forecast import ReplayForecast, forecast_replay
from liangqu.tasks.messages.forecast_words import describe_forecast
from sensors.model import RefusalReason, Refused

NOW = datetime(2026, 11, 27, tzinfo=UTC)


def hour(values: dict[str, object], hours: int = 1) -> bytes:
    return json.dumps({"time": (NOW - timedelta(hours=hours)).isoformat(), "values": values}).encode()


CAME: list[tuple[str, bytes, RefusalReason, str]] = [
    ("liangqu/air/wujinku", hour({"pm25": 12, "pm10": 30}), "unknown_site", ""),  # added meanwhile
    ("liangqu/air/nobody", hour({"pm25": 12}), "unknown_site", ""),  # not yet
    ("liangqu/air/wujinku", hour({"pm25": "x", "pm10": 31}, 2), "wrong_type", "values.pm25"),  # as it was
    (
        "liangqu/air/wujinku",
        hour({"pm25": 9, "pm10": 32}, 3),
        "unknown_parameter",
        "values.pm25",
    ),  # known now
    ("liangqu/air/wujinku", b"\xff", "not_utf8", ""),
    ("liangqu/air/wujinku", hour({"pm25": 7}, 24 * 90), "time_too_old", "values.pm25"),  # of any age now
    ("liangqu/ack/0123456789ab", b"not a number", "bad_envelope", ""),
]


@pytest.fixture
def own(tmp_path: Path) -> Settings:
    (tmp_path / "liangqu.toml").touch()
    return settings.load(tmp_path / "liangqu.toml", {})


@pytest.fixture
def journal(own: Settings) -> Iterator[Journal]:
    with closing(Journal(Path(own.journal.path))) as made:
        with made.transaction() as connection:
            for topic, payload, reason, where in CAME:
                message = InboxMessage(topic, payload, NOW)
                quarantine.add(connection, message, [Refused(reason, "", where)], 10**6)
            head = InboxMessage("liangqu/air/wujinku", b"{", NOW, length=10**7, sha256="0")
            quarantine.add(connection, head, [Refused("oversize", "")], 10**6)
            accounting.add(connection, {"items": len(CAME) + 1})
        yield made


def forecast(
    journal: Journal, own: Settings, which: QuarantineFilter = ANY, most: int | None = None
) -> ReplayForecast:
    with journal.snapshot() as connection:
        return forecast_replay(connection, which, own, open_catalogue(own), most=most)


def test_a_forecast_is_what_the_service_then_makes_of_the_items(own: Settings, journal: Journal) -> None:
    found = forecast(journal, own)
    with journal.transaction() as connection:
        moved, cut = quarantine.replay(connection, ANY, "keep")
    catalogue = open_catalogue(own)
    pipeline = Pipeline(
        journal,
        catalogue,
        own.bounds(),
        prefix="liangqu",
        quarantine_limit=10**6,
        observer=open_alerting(own, catalogue, open_notify(own)),
        clock=lambda: NOW,
    )
    while pipeline.step():
        pass

    again = {
        reason: n for reason, _, n, _ in quarantine.summary(journal.connection()) if reason != "oversize"
    }
    assert dict(found.refused) == again
    assert found.readings == sum(pipeline.readings.values()) == 4
    assert (found.items, found.cut) == (moved, cut) == (len(CAME), 1)
    assert found.details["unknown_site"].startswith("no site of the catalogue has the topic")


def test_a_forecast_changes_nothing_and_is_bounded(own: Settings, journal: Journal) -> None:
    before = [*quarantine.items(journal.connection(), ANY)]

    assert forecast(journal, own, most=2).untried == len(CAME) - 2
    assert [*quarantine.items(journal.connection(), ANY)] == before


def test_what_came_after_an_item_is_left_out(own: Settings, journal: Journal) -> None:
    assert forecast(journal, own, QuarantineFilter(newest=2)).items == 2


def test_both_doors_say_the_same(own: Settings, journal: Journal) -> None:
    config = str(Path(own.journal.path).with_name("liangqu.toml"))
    called = ["quarantine", "replay", "--all", "--dry-run", "-c", config]

    said = CliRunner(env={"LANG": "C.UTF-8"}).invoke(app, called).output.splitlines()

    languages = {
        "zh": [*describe_forecast(forecast(journal, own), "zh")],
        "en": [*describe_forecast(forecast(journal, own), "en")],
    }
    assert said in languages.values()
    assert quarantine.summary(journal.connection()) != []
