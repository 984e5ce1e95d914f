"""`liangqu demo`, quick: seconds instead of minutes; tests/test_wheel.py runs it as users do."""

import io
import os
import re
import signal
import socket
import string
import subprocess
import sys
import threading
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from dashboards.reports.month import Month
from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from ingest.stores.sqlite.store import SqliteStore
from liangqu.config import settings
from liangqu.config.errors import ProblemError
from liangqu.config.factories import open_journal
from liangqu.config.settings import Settings
from liangqu.demo import folder
from liangqu.demo.broker import EmbeddedBroker, free_port
from liangqu.demo.catalogue import of_areas
from liangqu.demo.history import HistoryWriter
from liangqu.demo.mishaps import Mishap, mishap_lines, planned_mishaps, with_mishaps
from liangqu.demo.picture.board import board
from liangqu.demo.picture.board_reader import BoardPicture
from liangqu.demo.picture.board_table import bars
from liangqu.demo.story import StoryLine, story_lines
from liangqu.demo.words import TEXTS, DemoWords
from sensors.calendar import SHANGHAI
from sensors.catalogue import loader
from sensors.decoding import decoder as decoding
from sensors.decoding.types import InputBounds
from sensors.model import Language
from sensors.simulated import Sent, demo_scenario, messages
from sensors.simulated.scenario import LevelOverride
from tests.docs import demo_picture
from tests.support.paths import ROOT

CATALOGUE = of_areas(loader.load())
SITES = list(CATALOGUE.sites.values())
ZONES = [place for place in CATALOGUE.places.values() if place.kind == "zone"]
START = datetime(2026, 11, 19, tzinfo=UTC)
DEMO = [sys.executable, "-W", "error", "-m", "liangqu", "demo"]
NOISE = ("Traceback", "Task was destroyed", "Warning", '"level": "error"')


def sums_of(summary: str) -> dict[str, int]:
    """The summary's accounts in English, after both of its sums were checked."""
    accounts: dict[str, int] = {}
    for line in re.findall(r"^  (?:messages|items): .*$", summary, re.MULTILINE):
        whole, *parts = [int(number) for number in re.findall(r"\d+", line.partition(";")[0])]
        assert whole == sum(parts), line
        accounts |= {name: int(n) for name, n in re.findall(r"(\w+):? (\d+)", line)}
    return accounts


def test_everything_the_script_says_is_in_the_store_and_in_the_summary(tmp_path: Path) -> None:
    out = tmp_path / "out"

    done = subprocess.run(
        [*DEMO, "--minutes", "0.1", "--months", "1", "--out", str(out), "--language", "en", "--seed", "7"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, "")
    log = (out / "liangqu.log").read_text(encoding="utf-8")
    assert not [noise for noise in NOISE if noise in log], log
    made = datetime.fromtimestamp((out / "liangqu.toml").stat().st_mtime, UTC)
    start = made.replace(minute=0, second=0, microsecond=0) - timedelta(hours=72)
    now = start + timedelta(hours=72, minutes=30)
    month = Month.parse(f"{made.astimezone(SHANGHAI):%Y-%m}").back(1)
    bounds = settings.load(out / "liangqu.toml", {}).bounds()
    script = demo_scenario(SITES, start)
    mishaps = planned_mishaps(SITES, start)
    sent = list(with_mishaps(messages(SITES, CATALOGUE, start, now, 7, scenario=script), mishaps))
    days, refused = read(sent, now, bounds)
    past, _ = read(messages(SITES, CATALOGUE, month.start, start, 7), now, bounds)
    assert len(past) > 10 * len(days)
    assert differing(held(out / "liangqu.db"), past | days) == []
    accounts = sums_of(done.stdout)
    assert (accounts["received"], accounts["stored"]) == (len(sent), len(days))
    assert accounts["quarantined"] == refused > 10
    assert_each_mishap_is_told_and_counted_once(done.stdout, mishaps, accounts)
    assert "flat line  Renmin Park  NO₂" in done.stdout
    assert "maintenance  Shiji Haoyuan  SO₂" in done.stdout
    for one in story_lines(script, CATALOGUE, DemoWords("en", CATALOGUE)):
        assert (one.text in done.stdout) == (one.time <= now)
    page = out / "reports" / str(month) / "en" / "report.html"
    assert str(page) in done.stdout
    assert "Winter-Olympic competition zone" in page.read_text(encoding="utf-8")
    assert_printed_commands_run(done.stdout)


def assert_each_mishap_is_told_and_counted_once(
    said: str, mishaps: list[Mishap], accounts: dict[str, int]
) -> None:
    """A message that is sent twice is as many duplicates as it has values; a corrected one has one less."""
    lines = mishap_lines(mishaps, DemoWords("en", CATALOGUE))
    assert [said.count(one.text) for one in lines] == [1, 1, 1]
    assert accounts["revised"] == 1
    assert re.search(r"; [1-9]\d* of them late", said)
    assert accounts["duplicate"] > 10


def assert_printed_commands_run(said: str) -> None:
    """As a newcomer types them, in the folder where the demo was started."""
    printed = re.findall(r"^  (\S.* -c .*)$", said, re.MULTILINE)
    assert [line.split()[-2:] for line in printed] == [["alerts", "list"], ["quarantine", "list"]]
    for line in printed:
        done = subprocess.run(["sh", "-c", line], cwd=ROOT, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), line
        assert len(done.stdout.splitlines()) > 1


Values = dict[tuple[str, str, datetime], tuple[float, str]]


def read(sent: Iterable[Sent], now: datetime, bounds: InputBounds) -> tuple[Values, int]:
    """The readings of messages, and how many items are none."""
    decoded = [
        decoding.decode_message(m.topic, m.payload, now, CATALOGUE, bounds, prefix="liangqu") for m in sent
    ]
    readings = {(r.site, r.parameter, r.time): (r.value, r.flag) for one in decoded for r in one.readings}
    return readings, sum(len(one.refused) for one in decoded)


def differing(found: Values, expected: Values) -> list[object]:
    """The first few that are not as expected: what pytest makes of two such mappings takes minutes."""
    keys = sorted(k for k in found.keys() | expected.keys() if found.get(k) != expected.get(k))
    return [(key, found.get(key), expected.get(key)) for key in keys[:10]]


def held(file: Path) -> Values:
    """All readings of a store: value and flag."""
    store, found = SqliteStore(file), Values()
    for medium in ("air", "water"):
        frame = store.points(medium, START - timedelta(days=9999), START + timedelta(days=9999))
        columns = (frame[name] for name in ("site", "parameter", "value", "flag"))
        found |= {
            (s, p, t.to_pydatetime()): (v, f) for t, s, p, v, f in zip(frame.index, *columns, strict=True)
        }
    store.close()
    return found


def test_ctrl_c_ends_it_in_order_with_the_summary(tmp_path: Path) -> None:
    """The past stays where it is; the language is that of the locale."""
    running = subprocess.Popen(
        [*DEMO, "--minutes", "5", "--out", str(tmp_path)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"LANGUAGE": "en_GB"},
    )  # fmt: skip
    assert running.stdout
    while "  past: " not in (line := running.stdout.readline()):
        assert line or running.poll() is None, running.communicate()

    running.send_signal(signal.SIGINT)
    said, wrong = running.communicate(timeout=60)

    assert (running.returncode, wrong) == (0, "")
    assert "Stopped" in said
    assert "Writing the report" not in said
    assert sums_of(said)["inbox"] == sums_of(said)["outgoing"] == 0


class TestHistoryWriter:
    SPAN = (START - timedelta(days=3), START)

    def prepared(self, tmp_path: Path) -> Settings:
        settings = folder.prepare(tmp_path / "out", "en")
        store = SqliteStore(tmp_path / "out" / "liangqu.db")
        store.prepare()
        store.close()
        return settings

    def test_it_is_what_the_stations_sent_and_its_accounts_are_nobody_s(self, tmp_path: Path) -> None:
        settings = self.prepared(tmp_path)
        past = HistoryWriter(settings, CATALOGUE, *self.SPAN, seed=7)
        assert past.share == 0

        past.start()
        while not past.is_over:
            time.sleep(0.02)

        assert past.share == pytest.approx(1, abs=0.05)
        assert not past.trouble
        sent, _ = read(messages(SITES, CATALOGUE, *self.SPAN, 7), START, settings.bounds())
        assert held(tmp_path / "out" / "liangqu.db") == sent
        assert not (tmp_path / "out" / "journal.db").exists()

    def test_stopped_it_writes_no_more(self, tmp_path: Path) -> None:
        past = HistoryWriter(self.prepared(tmp_path), CATALOGUE, START - timedelta(days=400), START, seed=7)

        past.start()
        past.stop()

        assert (past.is_over, past.trouble) == (True, "")
        assert past.share < 1

    def test_a_store_that_is_away_is_a_trouble_and_no_traceback(self, tmp_path: Path) -> None:
        settings = self.prepared(tmp_path)
        (tmp_path / "out" / "liangqu.db").write_bytes(b"no database at all" * 100)
        past = HistoryWriter(settings, CATALOGUE, *self.SPAN, seed=7)

        past.start()
        past.stop()

        assert past.is_over
        assert "not a database" in past.trouble


class TestFolder:
    def test_a_second_demo_begins_afresh_and_leaves_what_is_not_its_own(self, tmp_path: Path) -> None:
        settings = folder.prepare(tmp_path / "out", "zh")
        open_journal(settings).close()
        (tmp_path / "out" / "notes.txt").write_text("mine", encoding="utf-8")

        settings = folder.prepare(tmp_path / "out", "en")

        assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["liangqu.toml", "notes.txt"]
        assert settings.language == "en"

    @pytest.mark.parametrize("name", ["thesis.doc", "liangqu.toml"])
    def test_a_foreign_folder_is_refused_and_untouched(self, name: str, tmp_path: Path) -> None:
        (tmp_path / name).write_text("[mqtt]\n", encoding="utf-8")

        with pytest.raises(ProblemError, match="not empty, and not an earlier demo's"):
            folder.prepare(tmp_path, "zh")

        assert [path.name for path in tmp_path.iterdir()] == [name]
        assert (tmp_path / name).read_text(encoding="utf-8") == "[mqtt]\n"

    def test_a_folder_in_use_is_refused(self, tmp_path: Path) -> None:
        journal = open_journal(folder.prepare(tmp_path, "zh"))
        journal.own()

        with pytest.raises(ProblemError, match="a demo is running"):
            folder.prepare(tmp_path, "zh")

        journal.close()
        folder.prepare(tmp_path, "zh")

    def test_a_file_in_the_way_is_one_line(self, tmp_path: Path) -> None:
        (tmp_path / "out").write_text("", encoding="utf-8")
        with pytest.raises(ProblemError, match="File exists"):
            folder.prepare(tmp_path / "out", "zh")

    def test_the_environment_cannot_lead_it_to_a_real_database(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("LIANGQU_STORE__KIND", "influxdb")
        monkeypatch.setenv("LIANGQU_MQTT__HOST", "broker.example.com")

        settings = folder.prepare(tmp_path, "zh")

        assert (settings.store.kind, settings.mqtt.host) == ("sqlite", "127.0.0.1")


class TestBroker:
    def test_it_takes_messages_and_leaves_nothing_behind(self) -> None:
        port = free_port(0)
        with EmbeddedBroker(port), Publisher(Broker(port=port, protocol="3.1.1")) as publisher:
            for number in range(100):
                publisher.publish("liangqu/air/wujinku", b"%d" % number)
            publisher.flush()
            assert publisher.published == 100

        assert "broker" not in {thread.name for thread in threading.enumerate()}
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", port))

    def test_a_port_that_is_taken_is_not_chosen(self) -> None:
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()
            taken: int = listener.getsockname()[1]
            assert free_port(taken) != taken
        assert free_port(taken) == taken


class TestWords:
    @pytest.mark.parametrize("key", TEXTS)
    def test_both_languages_say_the_same(self, key: str) -> None:
        zh, en = (fields_of(text) for text in (TEXTS[key].zh, TEXTS[key].en))
        if key == "more_sites":  # "A 等 5 个" counts all, "A and 4 more" the others
            zh, en = zh - {"number"}, en - {"others"}
        assert zh == en
        assert re.search("[一-鿿]", re.sub("{[^}]*}", "", TEXTS[key].zh) + "字" * (key == "title"))

    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_every_event_of_the_script_is_told_where_it_begins_and_ends(self, language: Language) -> None:
        script = demo_scenario(SITES, START)
        told = story_lines(script, CATALOGUE, DemoWords(language, CATALOGUE))

        scenery = [
            event for event in script.events if isinstance(event, LevelOverride) and event.begin < timedelta()
        ]
        events = [event for event in script.events if event not in scenery]
        edges = sorted(START + edge for event in events for edge in (event.begin, event.end))
        assert [one.time for one in told] == edges
        assert len({one.text for one in told}) == len(told)


def fields_of(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name}


class TestBoard:
    @pytest.mark.parametrize(
        ("hours", "seen"),
        [
            pytest.param(27, "NO₂ SO₂ maintenance", id="visit"),
            pytest.param(37, "NO₂ flat line", id="stuck sensor"),
            pytest.param(50, "silent for", id="gap"),
        ],
    )
    def test_what_happens_is_seen(self, hours: float, seen: str) -> None:
        assert seen in drawn("en", hours, width=120, height=40)

    @pytest.mark.parametrize("language", ["zh", "en"])
    @pytest.mark.parametrize(
        ("width", "height"),
        [(40, 24), (40, 30), (60, 24), (80, 24), (80, 30), (100, 24), (120, 40), (200, 60)],
    )
    def test_it_fits_the_terminal_and_shows_the_newest_event(
        self, width: int, height: int, language: Language
    ) -> None:
        lines = drawn(language, 50, width=width, height=height).splitlines()

        assert len(lines) < height
        assert max(map(cell_len, lines)) <= width
        last = max(number for number, line in enumerate(lines) if line.startswith("  11-"))
        assert lines[last].startswith("  11-21 00:00")  # hour 48: the section's sample
        assert all(line.startswith("    ") for line in lines[last + 1 :])

    @pytest.mark.parametrize("language", ["zh", "en"])
    @pytest.mark.parametrize("width", [40, 60, 80, 100])
    def test_a_narrow_one_has_zones_and_cuts_no_name_value_or_sentence(
        self, width: int, language: Language
    ) -> None:
        lines = drawn(language, 19, width=width, height=24).splitlines()
        words = DemoWords(language, CATALOGUE)

        assert "…" not in "".join(lines)
        text = " ".join(" ".join(lines).split())
        sections = [place for place in CATALOGUE.places.values() if place.is_site and place.medium == "water"]
        for place in (*ZONES, *sections):
            assert words.name(place.short) in text
        assert words("zones") in text
        assert words("brief", **scene(language, 19)[0].accounts) in text

    @pytest.mark.parametrize(("language", "word"), [("zh", "中度污染"), ("en", "moderate pollution")])
    def test_index_and_class_have_their_word_official_colour_limit_and_target(
        self, language: Language, word: str
    ) -> None:
        """HJ 633: 151 to 200 is red; table 1 of GB 3838-2002: III is CODMn up to 6 mg/L."""
        lines = drawn(language, 19, width=120, height=40).splitlines()

        (found,) = (line for line in lines if line.startswith(("人民公园", "Renmin Park ")))
        assert re.search(rf" 158 +{word} +123 +164 ", found)
        assert any("24h≤60 24h≤120 1h≤200 1h≤200" in line for line in lines)
        assert any(re.search("(III|Ⅲ)≤6 +(III|Ⅲ)≤1 ", line) for line in lines)
        red, bright_green = "255;0;0", "0;255;0"
        coloured = drawn(language, 19, width=120, height=40, styles=True)
        assert re.search(rf"48;2;{red}m 158 ", coloured)
        assert re.search(rf"48;2;{bright_green}m (III|Ⅲ) ", coloured)

    def test_what_exceeds_is_coloured_by_what_exceeds(self) -> None:
        """Hour 19: a reading above the 24 h limit; hour 27: the mean of 24 hours is above it too."""
        yellow, red = "33m +", "1;31m +"
        assert re.search(rf"{yellow}123", drawn("en", 19, width=120, height=40, styles=True))
        assert re.search(rf"{red}65", drawn("en", 27, width=120, height=40, styles=True))
        assert re.search(rf"{red}7\.87", drawn("en", 50, width=120, height=40, styles=True))

    @pytest.mark.parametrize(
        ("language", "lines"),
        [
            ("zh", ["警告 人民公园  PM2.5 24h 66 > 60", "未结束的事件：2 警告"]),
            ("en", ["WARNING Renmin Park  PM2.5 24 h 66 > 60", "open events: 2 warning"]),
        ],
    )
    def test_events_are_lines_with_their_number_and_are_counted(
        self, language: Language, lines: list[str]
    ) -> None:
        text = re.sub(" +(?=人民公园|Renmin)", " ", drawn(language, 27, width=80, height=40))
        for line in lines:
            assert line in text

    def test_half_a_bar_is_the_limit_whatever_else_is_on_the_screen(self) -> None:
        text = bars([0, 60, 61, 120, 500, -3], 60)
        assert text.plain == "▁▅▅███"[:4] + "█▁"
        assert [str(span.style) for span in text.spans] == ["cyan", "cyan", "red", "red", "red", "cyan"]
        assert bars([1, 2], 0).plain == ""


@cache
def scene(language: Language, hours: float) -> tuple[BoardPicture, list[StoryLine], DemoWords]:
    return demo_picture.scene(language, timedelta(hours=hours))


def drawn(language: Language, hours: float, *, width: int, height: int, styles: bool = False) -> str:
    seen, told, words = scene(language, hours)
    console = Console(
        file=io.StringIO(), width=width, record=True, force_terminal=True, color_system="truecolor"
    )
    console.print(board(seen, told, words, speed=1440, width=width, height=height))
    return console.export_text(styles=styles)


class TestPicture:
    @pytest.mark.parametrize(("language", "site"), [("zh", "人民公园"), ("en", "Renmin Park")])
    def test_the_readme_s_picture_says_what_the_demo_prints_today(
        self, language: Language, site: str
    ) -> None:
        """Drawn anew by `python -m tests.docs.demo_picture docs`."""
        committed = (ROOT / "docs" / demo_picture.FILES[language]).read_text(encoding="utf-8")

        assert demo_picture.texts(committed) == demo_picture.texts(demo_picture.draw(language))
        assert any(line.startswith(site) for line in demo_picture.texts(committed))

    def test_both_pictures_are_written_where_the_readme_looks_for_them(self, tmp_path: Path) -> None:
        demo_picture.main(tmp_path)

        assert {file.name for file in tmp_path.iterdir()} == {"demo.svg", "demo.en.svg"}

    def test_chinese_has_the_room_of_its_columns(self) -> None:
        # Rich gives 6 characters 6 x 12.2; they are 12 columns wide.
        text = '<text class="r1" x="0" textLength="73.2" y="20">两区监测演示</text>'
        assert 'textLength="146.4"' in demo_picture.widened(text)
        assert demo_picture.widened(text.replace("两区监测演示", "NO&#160;2.5")) == text.replace(
            "两区监测演示", "NO&#160;2.5"
        )
