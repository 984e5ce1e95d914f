"""docs/reference says what the code does: generated blocks are fresh, examples and numbers in prose right."""

import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alerts.acknowledge import acknowledgement, links
from alerts.acknowledge.acknowledgement import parse_acknowledgement
from alerts.notify import outbox, words
from alerts.notify.channels.webhook import SIGNATURE, signature
from ingest.checks.registry import CHECK_WORDS
from ingest.gateway import counters
from ingest.importing import csv_columns, csv_lines
from ingest.journal import accounting, inbox, quarantine
from ingest.journal.database import schema
from liangqu.assess.air import AirAssessor
from liangqu.assess.cells import TableHead
from liangqu.assess.water import WaterAssessor
from liangqu.config import settings
from liangqu.service import self_monitoring
from sensors.catalogue import loader
from sensors.catalogue.rows import ID
from sensors.decoding.decoder import decode_message
from sensors.decoding.types import InputBounds
from sensors.durations import LONGEST
from sensors.model import KINDS
from sensors.section import LONGEST_TEXT
from sensors.standards import aqi
from sensors.store_schema import MEASUREMENTS
from sensors.text import LARGEST
from tests.docs import blocks, generate, interfaces, journal
from tests.support.paths import ROOT

ROOMS = ("alerts", "dashboards", "ingest", "liangqu", "sensors")


def page(name: str) -> str:
    """The text of a page, with line breaks in its prose as spaces."""
    return re.sub(r"(?<=\S)\n(?=\S)", " ", (generate.REFERENCE / name).read_text(encoding="utf-8"))


def fenced(name: str, language: str) -> list[str]:
    text = (generate.REFERENCE / name).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("file", [*generate.pages(), generate.SCHEMA], ids=lambda file: file.name)
def test_a_page_is_what_the_code_says(file: Path) -> None:
    assert file.read_text(encoding="utf-8") == generate.generated()[file], (
        f"docs/reference/{file.name} is stale: run ./do docs"
    )


def test_each_block_stands_on_one_page() -> None:
    found = [name for each in generate.pages() for name in blocks.names(each.read_text(encoding="utf-8"))]

    assert sorted(found) == sorted(generate.BLOCKS)


def test_each_page_and_the_schema_are_linked_from_the_first_one() -> None:
    linked = set(
        re.findall(r"\]\(([\w.-]+)\)", (generate.REFERENCE / "README.md").read_text(encoding="utf-8"))
    )

    assert linked == {each.name for each in generate.REFERENCE.iterdir()} - {"README.md"}


@pytest.mark.parametrize("file", generate.pages(), ids=lambda file: file.name)
def test_nothing_is_without_a_meaning(file: Path) -> None:
    blank = blocks.rows_without_meaning(file.read_text(encoding="utf-8"))

    assert not blank, f"docs/reference/{file.name}: write into the last column what these mean: {blank}"


class TestBlocks:
    PAGE = "a\n<!-- generated: x -->\n\n| k | meaning |\n| --- | --- |\n| `one` | 1 |\n\n<!-- end: x -->\nb\n"

    @staticmethod
    def block(*keys: str) -> dict[str, blocks.Block]:
        return {"x": lambda: blocks.table(("k", "meaning"), ((f"`{key}`", blocks.MEANING) for key in keys))}

    def test_a_block_that_is_fresh_stays_as_it_is(self) -> None:
        assert blocks.regenerate(self.PAGE, self.block("one")) == self.PAGE

    def test_a_meaning_stays_with_its_row_and_a_new_row_has_none(self) -> None:
        made = blocks.regenerate(self.PAGE, self.block("two", "one"))

        assert "| `two` | |\n| `one` | 1 |\n" in made
        assert blocks.rows_without_meaning(made) == ["`two`"]

    def test_a_row_that_is_gone_goes(self) -> None:
        assert "one" not in blocks.regenerate(self.PAGE, self.block("two"))

    def test_a_block_that_nobody_makes_is_an_error(self) -> None:
        with pytest.raises(KeyError):
            blocks.regenerate(self.PAGE, {})


def test_the_schema_is_sql_that_makes_what_the_migrations_make() -> None:
    with closing(sqlite3.connect(":memory:")) as written, closing(sqlite3.connect(":memory:")) as migrated:
        written.executescript(journal.schema_sql())
        schema.migrate(migrated, "an empty journal")

        assert _shape(written) == _shape(migrated)


def _shape(connection: sqlite3.Connection) -> dict[str, list[tuple[object, ...]]]:
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema ORDER BY name")]
    pragmas = ["PRAGMA user_version", "PRAGMA application_id"]
    shape = {
        name: connection.execute("SELECT * FROM pragma_table_info(?)", (name,)).fetchall() for name in names
    }
    return shape | {pragma: connection.execute(pragma).fetchall() for pragma in pragmas}


def test_every_metric_that_the_code_names_is_on_the_page() -> None:
    named = {
        name
        for room in ("alerts", "dashboards", "ingest", "liangqu", "sensors")
        for file in (ROOT / room).rglob("*.py")
        for name in re.findall(r'"(liangqu_\w+)"', file.read_text(encoding="utf-8"))
    }
    text = page("http.md")
    missing = [name for name in named if not re.search(rf"`{name}(_total)?`", text)]

    assert len(named) > 20
    assert not missing


def test_reasons_of_events_are_those_that_have_words_and_three_more() -> None:
    told = {reason for _, reason in interfaces.announced_reasons()}

    assert told == {*words.REASONS, "exceeded", "acknowledged", "test"}


def test_states_of_events_are_those_of_the_code() -> None:
    states = re.search(r"## States\n\n\| state \| meaning \|\n.*?\n(.*?)\n\n", _raw("events.md"), re.DOTALL)

    assert states
    assert re.findall(r"^\| `(\w+)`", states[1], re.MULTILINE) == [*words.STATES]


def _raw(name: str) -> str:
    return (generate.REFERENCE / name).read_text(encoding="utf-8")


def test_the_payload_of_the_example_is_read_as_the_page_says() -> None:
    (payload,) = fenced("messages.md", "json")
    time = datetime.fromisoformat(json.loads(payload)["time"])
    bounds = InputBounds(earliest=datetime(2000, 1, 1, tzinfo=UTC), max_ahead=timedelta(minutes=5))
    decoded = decode_message("liangqu/air/wujinku", payload.encode(), time, loader.load(), bounds)

    assert [(r.parameter, r.value, r.flag, r.kind) for r in decoded.readings] == [
        ("pm25", 31.2, "N", "rtd"),
        ("pm10", 54.0, "M", "rtd"),
    ]


def test_the_acknowledgement_of_the_example_is_taken() -> None:
    payload = next(text for text in fenced("events.md", "json") if "action" in text)
    taken = parse_acknowledgement("0123456789ab", payload.encode())

    assert isinstance(taken, acknowledgement.Acknowledgement)
    assert (taken.by, taken.note, taken.key) == ("Wang", "inspector is on the way", "a-key-of-yours")


def test_the_receiver_of_the_example_knows_our_signature() -> None:
    (receiver,) = fenced("events.md", "python")
    names: dict[str, object] = {}
    exec(receiver, names)
    is_ours = names["is_ours"]

    assert callable(is_ours)
    assert is_ours("secret", b"{}", signature("secret", b"{}"))
    assert not is_ours("other", b"{}", signature("secret", b"{}"))
    assert f"`{SIGNATURE}`" in page("events.md")


@pytest.mark.parametrize(
    ("section", "added"),
    [
        pytest.param(
            "assess water",
            WaterAssessor(TableHead(["codmn", "target"], [], loader.load())).added,
            id="water",
        ),
        pytest.param(
            "assess air",
            AirAssessor(TableHead(["pm25", "time"], [], loader.load()), "hour", None).added,
            id="air",
        ),
    ],
)
def test_the_columns_that_assess_adds_are_on_the_page(section: str, added: tuple[str, ...]) -> None:
    text = _raw("csv.md").partition(f"## `{section}`")[2].partition("\n## ")[0]

    assert tuple(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)) == added


def test_the_forms_of_csv_are_those_that_are_read() -> None:
    long, wide = re.findall(r"^\| (?:long|wide) \| `(.*)` \|$", _raw("csv.md"), re.MULTILINE)

    assert set(re.findall(r"\w+", long)) == csv_columns.PLAIN
    assert set(re.findall(r"(?<!<)\b\w+\b(?!>)", wide)) == {*csv_columns.WIDE, "flag", "kind"}
    assert all(f"[,{name}]" in long for name in csv_columns.PLAIN - csv_columns.LONG)


def test_a_setting_comes_from_the_environment_as_the_page_says() -> None:
    found = re.findall(r"`(LIANGQU_\w+)=([^`]*)`", page("settings.md"))
    loaded = settings.load(None, {name: value.strip("'") for name, value in found})

    assert (loaded.mqtt.host, loaded.language) == ("broker.example.org", "en")
    assert loaded.catalogue.extra == ("my-sites.toml",)


@pytest.mark.parametrize(
    ("name", "phrase"),
    [
        pytest.param("csv.md", f"more than {csv_lines.LONGEST:,} characters", id="longest line"),
        pytest.param(
            "csv.md",
            f"one of `{' '.join(sorted(KINDS, key='rtd min hour day'.index))}`",
            id="kinds",
        ),
        *(pytest.param("csv.md", rule, id=rule) for rule in aqi.rules()),
        pytest.param("events.md", f"cut at {acknowledgement._LONGEST} characters", id="longest note"),
        pytest.param(
            "events.md",
            f"after {outbox.FIRST_PAUSE.seconds} s, {2 * outbox.FIRST_PAUSE.seconds} s …"
            f" {outbox.LONGEST_PAUSE.seconds // 60} min",
            id="pauses between attempts",
        ),
        pytest.param("events.md", f"at least {outbox.LEAST_TRIES} attempts", id="least attempts"),
        pytest.param(
            "events.md", {3: "three days"}[outbox.GIVEN_UP_AFTER.days], id="how long it is attempted"
        ),
        pytest.param("http.md", f"ended more than {links.HELD.days} days ago", id="end of a link"),
        pytest.param("http.md", f"every {self_monitoring.OPERATION_MS // 1000} s", id="operation"),
        pytest.param(
            "http.md", " ".join(f"`{each}`" for each in accounting.OUTCOMES), id="outcomes of items"
        ),
        pytest.param(
            "messages.md",
            f"items = {' + '.join((*accounting.OUTCOMES, 'outgoing'))}\n",
            id="where every item is",
        ),
        pytest.param(
            "journal.md", f"| {' '.join(f'`{each}`' for each in accounting.ITEMS)} |", id="accounts of items"
        ),
        *(pytest.param("http.md", f"`{each}`", id=f"outcome {each}") for each in counters.OUTCOMES),
        *(pytest.param("messages.md", f"`{each}`", id=f"check {each}") for each in CHECK_WORDS),
        pytest.param("messages.md", f"first {inbox.HEAD // 1024} KiB", id="head of a payload"),
        pytest.param("messages.md", {10: "a tenth of it for one site"}[quarantine.SITE_SHARE], id="share"),
        pytest.param("settings.md", f"at most {settings.LARGEST_SECRET:,} bytes", id="largest secret"),
        pytest.param("settings.md", f"at most {LONGEST_TEXT:,} characters", id="longest text"),
        pytest.param("settings.md", f"at most {LONGEST.days:,} days", id="longest duration"),
        pytest.param("settings.md", f"files at most {LARGEST >> 20} MB", id="largest file"),
        pytest.param("settings.md", f"`{ID.pattern}`", id="ids"),
        *(
            pytest.param("store.md", f"{measurement}.{field}", id=f"{measurement}.{field}")
            for measurement, one in MEASUREMENTS.items()
            for field in one.always
        ),
    ],
)
def test_what_prose_says_is_what_the_code_has(name: str, phrase: str) -> None:
    assert phrase in page(name)
