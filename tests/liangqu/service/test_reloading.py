"""Which settings a reload takes in, and that all others are named."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from msgspec import structs

from ingest.journal import requests
from ingest.journal.file import Journal
from ingest.journal.requests import ReloadAnswer
from liangqu.config.broker_choice import Mqtt
from liangqu.config.errors import ProblemError
from liangqu.config.factories import JudgingParts
from liangqu.config.schema import Alerts, CatalogueFiles, Http
from liangqu.config.settings import Settings
from liangqu.service.alert_workers import AlertWorkers
from liangqu.service.reloading import TAKEN, SettingsReload, waiting_for_start, with_reloaded
from sensors.section import Section


def test_catalogue_people_and_language_are_taken_and_the_rest_is_named() -> None:
    running = Settings(mqtt=Mqtt(port=1883), http=Http(listen="127.0.0.1:9464"))
    read = Settings(
        language="en",
        mqtt=Mqtt(port=8883, window=5),
        http=Http(listen="127.0.0.1:1", public_url="https://example.org"),
        catalogue=CatalogueFiles(extra=("a.toml",)),
        alerts=Alerts(rules=("r.toml",), notify_file="n.toml"),
    )

    taken = with_reloaded(running, read)

    assert (taken.language, taken.catalogue, taken.alerts) == ("en", read.catalogue, read.alerts)
    assert taken.mqtt == running.mqtt
    assert taken.http == Http(listen="127.0.0.1:9464", public_url="https://example.org")
    assert [*waiting_for_start(taken, read)] == ["mqtt.port", "mqtt.window", "http.listen"]


def test_the_same_settings_leave_nothing_for_the_next_start() -> None:
    assert [*waiting_for_start(with_reloaded(Settings(), Settings()), Settings())] == []


def test_what_is_taken_are_tables_or_keys_of_the_settings() -> None:
    fields = {field.name: field.default for field in structs.fields(Settings)}

    assert {*TAKEN} <= fields.keys()
    assert all(isinstance(value, Section) for name, value in fields.items() if name != "language")


@pytest.mark.parametrize(
    ("failure", "said"),
    [
        pytest.param(ProblemError("a.toml: one", "b.toml: two"), "a.toml: one", id="a bad file"),
        pytest.param(
            PermissionError(13, "Permission denied", "c.toml"), "c.toml: Permission denied", id="a locked one"
        ),
        pytest.param(KeyError("x"), "unexpected KeyError: 'x'", id="a fault of the program"),
    ],
)
def test_whatever_is_wrong_the_running_settings_stay_and_it_is_answered(
    failure: Exception, said: str, tmp_path: Path
) -> None:
    """Asked by a signal and by a command; the warning goes with the next good ones."""
    now = datetime(2026, 11, 27, tzinfo=UTC)
    read: Iterator[Exception | Settings] = iter([failure, Settings()])
    taken: list[Settings] = []

    def read_next() -> Settings:
        found = next(read)
        if isinstance(found, Exception):
            raise found
        return found

    with closing(Journal(tmp_path / "journal.db")) as journal:
        reload = SettingsReload(journal, read_next, lambda parts: taken.append(parts.settings), lambda: now)
        reload.step(Settings())
        reload.ask()
        with journal.transaction() as connection:
            first = requests.ask_reload(connection, now)
        reload.step(Settings())
        reload.step(Settings())

        answer = requests.reload_answer(journal.connection(), first)
        assert answer is not None
        assert answer.problems[0].startswith(said)
        assert said in reload.warning
        assert taken == []

        reload.ask()
        reload.step(Settings())
        assert (reload.warning, taken) == ("", [Settings()])
        with journal.transaction() as connection:
            requests.answer_reloads(connection, first, answer, now + 2 * requests.REMEMBERED)
        assert requests.reload_answer(journal.connection(), first) is None


def test_a_service_that_has_no_other_settings_says_so(tmp_path: Path) -> None:
    now = datetime(2026, 11, 27, tzinfo=UTC)
    with closing(Journal(tmp_path / "journal.db")) as journal:
        with journal.transaction() as connection:
            asked = requests.ask_reload(connection, now)
        SettingsReload(journal, None, lambda *_: None, lambda: now).step(Settings())

        answer = requests.reload_answer(journal.connection(), asked)
    assert answer is not None
    assert answer.problems == ("this service takes no other settings",)


def test_what_is_asked_for_during_a_reload_has_one_of_its_own(tmp_path: Path) -> None:
    """A signal and a command, both after the files were read: what they then hold is not in force yet."""
    now = datetime(2026, 11, 27, tzinfo=UTC)
    meanwhile: list[int] = []
    taken: list[Settings] = []
    with closing(Journal(tmp_path / "journal.db")) as journal:

        def take(parts: JudgingParts) -> None:
            taken.append(parts.settings)
            if not meanwhile:
                reload.ask()
                with journal.transaction() as connection:
                    meanwhile.append(requests.ask_reload(connection, now))

        reload = SettingsReload(journal, Settings, take, lambda: now)
        reload.ask()
        reload.step(Settings())
        assert requests.reload_answer(journal.connection(), meanwhile[0]) is None
        reload.step(Settings())

        assert requests.reload_answer(journal.connection(), meanwhile[0]) == ReloadAnswer(())
        reload.step(Settings())
        assert len(taken) == 2


@pytest.mark.parametrize("ask", ["signal", "command"])
def test_what_the_journal_fails_at_is_asked_for_still(ask: str, tmp_path: Path) -> None:
    now = datetime(2026, 11, 27, tzinfo=UTC)
    failures = [sqlite3.OperationalError("disk I/O error")]
    taken: list[Settings] = []

    def take(parts: JudgingParts) -> None:
        if failures:
            raise failures.pop()
        taken.append(parts.settings)

    with closing(Journal(tmp_path / "journal.db")) as journal:
        reload = SettingsReload(journal, Settings, take, lambda: now)
        if ask == "signal":
            reload.ask()
        else:
            with journal.transaction() as connection:
                requests.ask_reload(connection, now)
        with pytest.raises(sqlite3.OperationalError):
            reload.step(Settings())
        reload.step(Settings())

    assert len(taken) == 1


def test_what_is_put_in_force_is_what_was_checked_though_the_file_changed_meanwhile(tmp_path: Path) -> None:
    """An editor saves in two writes: of the half between them nothing may reach the running service."""
    now = datetime(2026, 11, 27, tzinfo=UTC)
    (notify := tmp_path / "notify.toml").write_text(
        '[[channel]]\nid = "hook"\nkind = "webhook"\nurl = "http://127.0.0.1:9"\n', encoding="utf-8"
    )
    (sites := tmp_path / "sites.toml").touch()
    settings = Settings(catalogue=CatalogueFiles(extra=(str(sites),)), alerts=Alerts(notify_file=str(notify)))
    taken: list[JudgingParts] = []

    def take(parts: JudgingParts) -> None:
        for file in (notify, sites):
            file.write_text("[[", encoding="utf-8")
        workers = AlertWorkers(parts, journal, lambda: now)
        workers.renew(parts)
        taken.append(parts)

    with closing(Journal(tmp_path / "journal.db")) as journal:
        reload = SettingsReload(journal, lambda: settings, take, lambda: now)
        reload.ask()
        reload.step(Settings())

    assert (reload.warning, [*taken[0].channels]) == ("", ["hook"])
    assert taken[0].reader.catalogue is taken[0].catalogue
