"""`liangqu quarantine replay --topic`: what came on a mistyped topic, given back on the one meant."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ingest.journal import accounting, inbox, quarantine
from ingest.journal.file import Journal
from ingest.journal.inbox import InboxMessage
from liangqu.__main__ import app
from liangqu.config.errors import ProblemError
from sensors.model import RefusalReason, Refused

NOW = datetime(2026, 11, 27, tzinfo=UTC)
WUJINKU, OLYMPIC = "liangqu/air/wujinku", "liangqu/air/olympic"
CAME_ON: list[tuple[str, RefusalReason]] = [
    ("liangqu/air/wujinku/pm25", "unknown_topic"),  # item 1
    ("liangqu/Air/wujinku", "unknown_topic"),
    ("liangqu/air/olympic/pm25", "unknown_topic"),
    ("liangqu/air/wu-jin-ku", "unknown_site"),  # item 4
    ("liangqu/water/wujinku", "wrong_medium"),
    (OLYMPIC, "wrong_type"),  # item 6
]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    (tmp_path / "liangqu.toml").touch()
    with closing(Journal(tmp_path / "journal.db")) as made:
        with made.transaction() as connection:
            for topic, reason in CAME_ON:
                quarantine.add(connection, InboxMessage(topic, b"{}", NOW), [Refused(reason, "")], 10**6)
            accounting.add(connection, {"items": len(CAME_ON)})
        yield made


def replay(journal: Journal, *words: str) -> str:
    """What the command says; "" and then the problem's line if there is one."""
    called = ["quarantine", "replay", *words, "-c", str(journal.path.with_name("liangqu.toml"))]
    done = CliRunner().invoke(app, called)
    return str(done.exception) if isinstance(done.exception, ProblemError) else done.output


@pytest.mark.parametrize(
    ("words", "count"),
    [
        pytest.param(["1"], 1, id="a level too many"),
        pytest.param(["1", "2"], 2, id="several that mean it"),
        pytest.param(["4"], 1, id="a name that nobody has"),
        pytest.param(["5"], 1, id="the other medium"),
        pytest.param(["--site", "wu-jin-ku"], 1, id="a site's"),
    ],
)
def test_items_are_given_back_on_the_topic_that_was_meant(
    words: list[str], count: int, journal: Journal
) -> None:
    said = replay(journal, *words, "--topic", WUJINKU)

    back = inbox.fetch(journal.connection(), 10)
    assert [message.topic for message in back] == [WUJINKU] * count
    assert said == f"{count} item{'s' * (count > 1)} given back on {WUJINKU}\n"
    accounts = accounting.read_counts(journal.connection())
    assert accounts["quarantined"] == accounts["items"] == len(CAME_ON) - count
    assert accounting.imbalances(accounts) == {"messages": 0, "items": 0}


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        pytest.param(
            ["1", "--topic", "liangqu/air/wujinkou"],
            "--topic: there is no topic of readings 'liangqu/air/wujinkou'; did you mean liangqu/air/wujin",
            id="no such site",
        ),
        pytest.param(
            ["1", "--topic", "liangqu/water/wujinku"],
            "--topic: there is no topic of readings 'liangqu/water/wujinku'; did you mean ",
            id="not its medium",
        ),
        pytest.param(
            ["6", "--topic", WUJINKU],
            "--topic: items refused as wrong_type came on their own topic; narrow with --reason unknown_site",
            id="not refused for its topic",
        ),
        pytest.param(
            ["--reason", "unknown_topic", "--topic", WUJINKU],
            f"--topic: 'liangqu/air/olympic/pm25' need not mean {WUJINKU}, and the items came on 3 topics;",
            id="two stations",
        ),
    ],
)
def test_what_would_become_another_stations_is_refused_and_stays(
    words: list[str], problem: str, journal: Journal
) -> None:
    said = replay(journal, *words)

    assert said.startswith(problem)
    assert inbox.fetch(journal.connection(), 10) == []
    assert len([*quarantine.items(journal.connection(), quarantine.ANY)]) == len(CAME_ON)
