"""`liangqu station` and `reload` as they are typed: what they say in both languages, and what they ask."""

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ingest.journal import accounting, inbox, quarantine, requests
from ingest.journal.file import Journal
from ingest.journal.inbox import InboxMessage
from ingest.journal.requests import ReloadAnswer
from liangqu.__main__ import app
from liangqu.config.errors import ProblemError
from liangqu.tasks.stations import taking_in
from sensors.model import Refused

NOW = datetime(2026, 11, 27, tzinfo=UTC)
HILL = ("add", "hill", "--medium", "air", "--zh", "山", "--en", "Hill", "--zone", "city")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings with a file of stations and accounts, in whose language a command speaks; no service runs."""
    (tmp_path / "passwords").write_text("liangqu:$7$101$a$b\n", "utf-8")
    settings = '[catalogue]\nextra = ["mine.toml"]\n[stations]\npasswords = "passwords"\n'
    (tmp_path / "liangqu.toml").write_text(settings, "utf-8")
    monkeypatch.setattr(taking_in, "await_reload", lambda *_: ReloadAnswer(()))
    return tmp_path


@pytest.fixture
def kept(folder: Path) -> Path:
    """With two messages of the hill from before it was known, and one of somebody else."""
    with closing(Journal(folder / "journal.db")) as journal, journal.transaction() as connection:
        for name in ("hill", "hill", "dale"):
            message = InboxMessage(f"liangqu/air/{name}", b"{}", NOW)
            quarantine.add(connection, message, [Refused("unknown_site", "")], 10**6)
        accounting.add(connection, {"items": 3})
    return folder


def call(folder: Path, *words: str, language: str = "en") -> str:
    """What it says; the problem's line if there is one."""
    typed = [*words, "-c", str(folder / "liangqu.toml")]
    done = CliRunner(env={"LIANGQU_LANGUAGE": language}).invoke(app, typed)
    return str(done.exception) if isinstance(done.exception, ProblemError) else done.output


def came_in(folder: Path) -> list[str]:
    with closing(Journal(folder / "journal.db")) as journal:
        return [message.topic for message in inbox.fetch(journal.connection(), 10)]


def test_what_was_kept_is_left_until_somebody_says_so(kept: Path) -> None:
    said = call(kept, "station", *HILL).splitlines()

    assert said[0] == f"hill: added to {kept}/mine.toml"
    assert said[-1].startswith("2 items of before are kept in quarantine; bring them in with: ")
    assert said[-1].endswith("quarantine replay --reason unknown_site --site hill")
    assert came_in(kept) == []


def test_what_was_kept_comes_in_on_confirmation_and_the_settings_are_read_before(kept: Path) -> None:
    assert call(kept, "station", *HILL, "--replay").splitlines()[-1] == "2 items given back"

    assert came_in(kept) == ["liangqu/air/hill"] * 2
    with closing(Journal(kept / "journal.db")) as journal:
        assert requests.newest_reload(journal.connection()) is not None


def test_what_was_cut_stays_and_that_is_said(kept: Path) -> None:
    with closing(Journal(kept / "journal.db")) as journal, journal.transaction() as connection:
        connection.execute("UPDATE refused_message SET cut = 1 WHERE id = 1")

    assert call(kept, "station", *HILL, "--replay").splitlines()[-2:] == [
        "1 item given back",
        "not given back: 1 item of which only the payload's head was kept",
    ]


def test_nothing_comes_in_where_the_service_has_not_taken_the_station(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking_in, "await_reload", lambda *_: ReloadAnswer(("rules.toml: bad",)))

    said = call(kept, "station", *HILL, "--replay")

    assert "its former settings stay\nwarning: rules.toml: bad" in said
    assert came_in(kept) == []


def test_a_replay_of_whom_nobody_knows_says_so(kept: Path) -> None:
    (kept / "mine.toml").touch()

    assert call(kept, "quarantine", "replay", "--reason", "unknown_site").splitlines() == [
        "3 items given back",
        "not in the catalogue, and refused again: dale, hill; liangqu station add comes first",
    ]


def test_the_list_names_states_accounts_and_whom_nobody_knows(kept: Path) -> None:
    (kept / "passwords").write_text("liangqu:$7$101$a$b\nmoor:$7$101$c$d\nwujinku:$7$101$e$f\n", "utf-8")
    call(kept, "station", "disable", "wujinku")

    said = call(kept, "station", "list", language="zh").splitlines()

    [row] = (line for line in said if line.startswith("wujinku"))
    assert row.split() == ["wujinku", "五金库", "全市", "停用", "有", "从未", "–", "mine.toml"]
    assert said[-3].startswith("账号 moor 没有对应的站点")
    assert {line.split()[0] for line in said[-2:]} == {"hill", "dale"}
    found = json.loads(call(kept, "station", "list", "--json"))
    assert (found["orphans"], found["unknown"]) == (["moor"], {"hill": 2, "dale": 1})


def test_a_password_is_said_once_and_stands_nowhere(folder: Path) -> None:
    made = json.loads(call(folder, "station", *HILL, "--json"))["password"]

    assert len(made) == 32
    assert all(made not in file.read_text("utf-8") for file in folder.iterdir())
    assert made not in call(folder, "station", "rotate", "hill")


@pytest.mark.parametrize(
    ("answer", "answered", "problems"),
    [
        (ReloadAnswer(()), True, []),
        (ReloadAnswer(("a.toml: one",)), True, ["a.toml: one"]),
        (None, False, []),
    ],
    ids=["taken", "refused", "nobody answers"],
)
def test_what_the_service_answers_stands_in_the_json(
    answer: ReloadAnswer | None,
    answered: bool,
    problems: list[str],
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(taking_in, "await_reload", lambda *_: answer)

    made = json.loads(call(folder, "station", *HILL, "--json"))

    assert (made["answered"], made["problems"]) == (answered, problems)


def test_a_password_is_said_even_if_the_wait_is_broken_off(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(taking_in, "await_reload", interrupt)

    said = call(folder, "station", *HILL, "--json")

    assert len(json.JSONDecoder().raw_decode(said)[0]["password"]) == 32


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_command_says_what_it_did(folder: Path, language: str) -> None:
    """In the language asked for: no Chinese in English, no English sentence in Chinese."""
    (folder / "mine.toml").write_text('[[zone]]\nid = "z"\nname = { zh = "z", en = "z" }\n', "utf-8")
    for words in (
        HILL, ("rename", "hill", "top"), ("rotate", "top"), ("disable", "top"), ("enable", "top"),
        ("remove", "hill"), ("remove", "top"),
    ):  # fmt: skip
        said = call(folder, "station", *words, language=language)
        lines = said.replace(str(folder), "").splitlines()
        assert len(lines) >= 2 or words[0] in {"rotate", "remove"}, said
        has_chinese = [any("\u4e00" <= sign <= "\u9fff" for sign in line) for line in lines]
        assert all(has_chinese) if language == "zh" else not any(has_chinese), said


def test_reload_says_what_keeps_the_former_settings(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert call(folder, "reload") == "the running service has taken it in\n"
    monkeypatch.setattr(taking_in, "await_reload", lambda *_: ReloadAnswer(("a.toml: one", "b.toml: two")))
    assert call(folder, "reload") == "a.toml: one\nb.toml: two"
    monkeypatch.setattr(taking_in, "await_reload", lambda *_: None)
    assert call(folder, "reload") == "no running service answers; it is in force from the next start"


@pytest.mark.parametrize(
    ("language", "said"), [("zh", "hill：联系方式已写入"), ("en", "hill: whom to call stands in")]
)
def test_whom_to_call_is_written_down_and_said(language: str, said: str, folder: Path) -> None:
    call(folder, "station", *HILL)

    assert call(folder, "station", "contact", "hill", "Li, 1391", language=language).startswith(said)
    assert 'contact = "Li, 1391"' in (folder / "mine.toml").read_text("utf-8")
