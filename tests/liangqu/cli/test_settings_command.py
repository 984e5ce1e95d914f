"""`liangqu settings`: every key, where its value comes from, both languages; `check` passes the example."""

import re
from datetime import date
from itertools import chain
from pathlib import Path

import msgspec
import pytest
from rich.cells import cell_len
from typer.testing import CliRunner

from liangqu.__main__ import app
from liangqu.config.reference.keys import ALONE, FILES, file_tables, meanings, settings_tables
from liangqu.config.settings import KEYS, read
from liangqu.tasks.checking.mistakes import find_mistakes
from liangqu.terminal.key_text import example
from sensors.model import Language

EVERY = [
    key
    for _, keys in chain(settings_tables(), *(file_tables(file) for file in FILES))
    for key in keys
]  # fmt: skip
NAMES = [".".join(filter(None, key.key)) for key in EVERY]
NOTIFY = '[wait]\nescalate = "20m"\n[heartbeat]\nurl = "https://hc.example.org/secret-path"\n'


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    monkeypatch.delenv("LANGUAGE", raising=False)


def said(*words: str, code: int = 0) -> list[str]:
    done = CliRunner().invoke(app, ["settings", *words])
    assert done.exit_code == code, done.output
    return str(done.stdout).splitlines()


@pytest.mark.parametrize("name", [each for each in NAMES if "." in each])
def test_each_key_is_explained_in_both_languages(name: str) -> None:
    key = EVERY[NAMES.index(name)]

    assert key.meaning.en
    assert re.search('[\u4e00-\u9fff]|^`"air"`', key.meaning.zh)


def test_no_meaning_is_left_over() -> None:
    written = {
        f"{table}.{key}".removeprefix(f"{ALONE}.") for table, keys in meanings().items() for key in keys
    }

    assert written == {*NAMES}


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_key_stands_there_and_fits_a_terminal(language: str) -> None:
    lines = said("--language", language)

    assert {*NAMES} <= {line.split(" ")[0] for line in lines}
    assert [line for line in lines if cell_len(line) > 80 and not re.search(r"\.db|users\.toml", line)] == []


def test_where_a_value_comes_from_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "liangqu.toml").write_text(
        'language = "en"\n[mqtt]\nport = 1884\n[alerts]\nnotify_file = "n.toml"\n', encoding="utf-8"
    )
    (tmp_path / "n.toml").write_text(NOTIFY, encoding="utf-8")
    monkeypatch.setenv("LIANGQU_JOURNAL__LIMIT", "2GB")
    monkeypatch.setenv("LIANGQU_MQTT__PASSWORD", "geheim")

    lines = [re.sub(" {2,}", "  ", line) for line in said()]

    assert lines[0] == "settings file: liangqu.toml"
    for line in (
        "mqtt.port = 1884  from liangqu.toml (default 1883)",
        'mqtt.host = "127.0.0.1"  default',
        'journal.limit = "2GB"  from LIANGQU_JOURNAL__LIMIT (default "4GB")',
        'mqtt.password = "…"  from LIANGQU_MQTT__PASSWORD (default "")',
        f'wait.escalate = "20m"  from {tmp_path / "n.toml"} (default "15m")',
        'wait.group = "30s"  default',
        "site.id  required",
        'rule.hold  default "1h"',
    ):
        assert line in lines, line
    assert "geheim" not in "\n".join(lines)
    assert "secret-path" not in "\n".join(lines)


def test_for_programs(tmp_path: Path) -> None:
    (tmp_path / "liangqu.toml").write_text("[mqtt]\nwindow = 10\n", encoding="utf-8")

    (row,) = msgspec.json.decode("\n".join(said("mqtt.window", "--json", "--language", "zh")))

    assert row == {
        "file": "settings", "key": "mqtt.window", "type": "整数", "unit": "条消息", "range": "1 至 65535",
        "default": "1000", "required": False, "meaning": "消息服务器最多可先发多少条未确认的消息",
        "value": "10", "from": "liangqu.toml",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        pytest.param("store", {"store.kind"}, id="a table"),
        pytest.param("http.listen", {"http.listen"}, id="a key"),
        pytest.param("language", {"language"}, id="a key of no table"),
        pytest.param("rules", {name for name in NAMES if name.startswith(("rule.", "level."))}, id="a file"),
    ],
)
def test_some_of_them(name: str, keys: set[str]) -> None:
    rows = msgspec.json.decode("\n".join(said(name, "--json")))

    assert {row["key"] for row in rows} == keys


def test_what_is_no_key_is_refused_with_the_nearest() -> None:
    done = CliRunner().invoke(app, ["settings", "mqt.port"])

    assert (
        str(done.exception)
        == "NAMES: there is no file, table, key or row 'mqt.port'; did you mean mqtt.port?"
    )


def test_settings_that_cannot_be_used_are_shown_and_named(tmp_path: Path) -> None:
    (tmp_path / "liangqu.toml").write_text("[mqtt]\nport = 0\nkeepalive = '30s'\n", encoding="utf-8")

    done = CliRunner().invoke(app, ["settings", "mqtt", "--language", "en"])

    assert str(done.exception) == "liangqu.toml: mqtt.port: 0 is not one of 1 to 65535"
    assert 'mqtt.keepalive = "30s"' in done.stdout


class TestExample:
    @pytest.mark.parametrize("language", ["zh", "en"])
    @pytest.mark.parametrize("is_filled_in", [False, True], ids=["as written", "every default filled in"])
    def test_check_passes_it_and_it_changes_nothing(self, language: Language, is_filled_in: bool) -> None:
        said("--example", "mine.toml", "--language", language)
        text = Path("mine.toml").read_text(encoding="utf-8")
        if is_filled_in:
            Path("mine.toml").write_text(re.sub("^#(?! )", "", text, flags=re.MULTILINE), encoding="utf-8")

        found = read(Path("mine.toml"), {})

        assert find_mistakes(found, date(2026, 11, 27)).mistakes == ()
        assert found.settings == read(None, {}).settings
        assert len(found.origins) == (len([*KEYS]) - 3 if is_filled_in else 0)  # no two passwords, no token

    def test_what_is_there_stays(self) -> None:
        Path("mine.toml").write_text("mine", encoding="utf-8")

        done = CliRunner().invoke(app, ["settings", "--example", "mine.toml"])

        assert str(done.exception) == "--example: mine.toml: there is such a file; name another"
        assert Path("mine.toml").read_text(encoding="utf-8") == "mine"

    def test_lines_fit(self) -> None:
        assert max(map(cell_len, (example("zh") + example("en")).splitlines())) <= 100


ROWS = """\
[[site]]
id = "wujinku"
medium = "air"
name = { zh = "五金库（本地）", en = "Wujinku, ours" }
zone = "city"
cycle = "5m"
"""
CHANNELS = """\
[[channel]]
id = "ops"
url = "https://hooks.example.org/secret/path"
secret = "geheim"
[[channel]]
id = "bot"
url = "tgram://geheim/456"
[[person]]
id = "li"
name = "李"
channels = ["ops", "bot"]
[[route]]
to = ["li"]
"""


class TestRows:
    @pytest.fixture(autouse=True)
    def files(self, tmp_path: Path) -> None:
        (tmp_path / "my.toml").write_text(ROWS, encoding="utf-8")
        (tmp_path / "n.toml").write_text(CHANNELS, encoding="utf-8")
        (tmp_path / "liangqu.toml").write_text(
            '[catalogue]\nextra = ["my.toml"]\n[alerts]\nnotify_file = "n.toml"\n', encoding="utf-8"
        )

    @pytest.mark.parametrize(
        ("table", "line"),
        [
            ("site", r"    renmin-gongyuan +shipped +Renmin Park"),
            (
                "site",
                r"    wujinku +\S+my\.toml(  Wujinku, ours)?",
            ),  # not the shipped row, in whose place it stands
            ("rule", r"    pm25-reading +shipped"),
            ("person", r"    li +\S+n\.toml(  李)?"),
            ("route", r"    1 +\S+n\.toml"),
        ],
    )
    def test_which_are_in_force_and_from_which_file(self, table: str, line: str) -> None:
        lines = said(table, "--language", "en")

        assert len([each for each in lines if re.fullmatch(line, each)]) == 1

    def test_every_key_of_one_says_where_its_value_comes_from(self, tmp_path: Path) -> None:
        lines = [re.sub(" {2,}", "  ", line) for line in said("wujinku", "--language", "en")]

        assert f'site.cycle = "5m"  from {tmp_path / "my.toml"}' in lines
        assert "site.active = true  default" in lines
        assert "site.river" in lines

    def test_a_shipped_one_says_so(self) -> None:
        lines = [re.sub(" {2,}", "  ", line) for line in said("pm25-reading", "--language", "en")]

        assert 'rule.category = "exceedance"  shipped' in lines
        assert 'rule.hold = "1h"  default' in lines

    @pytest.mark.parametrize("words", [("ops", "bot"), ("notify", "--json"), ("channel", "--json")])
    def test_no_secret_is_shown(self, words: tuple[str, ...]) -> None:
        shown = "\n".join(said(*words))

        assert "https://hooks.example.org" in shown
        assert "geheim" not in shown
        assert "secret/path" not in shown

    def test_for_programs(self) -> None:
        (row,) = msgspec.json.decode("\n".join(said("site.cycle", "--json")))
        of_ours = [one for one in row["rows"] if one["row"] == "wujinku"]

        assert [(one["value"], Path(one["from"]).name) for one in of_ours] == [('"5m"', "my.toml")]
