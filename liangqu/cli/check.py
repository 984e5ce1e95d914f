"""`liangqu check`: would `run` start, and with what? It uses no network unless asked."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from liangqu.cli.options import Config, Ids, read_settings
from liangqu.config.errors import ProblemError
from liangqu.terminal.output import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from liangqu.config.settings import SettingsRead
    from liangqu.tasks.checking.mistakes import Findings
    from sensors.model import Language

_INDENT = 12  # columns before the text of a line

Connect = Annotated[
    bool,
    typer.Option("--connect", help="Also connect to broker, database and channels, as the service would."),
]


def check(context: typer.Context, ids: Ids = False, config: Config = None, connect: Connect = False) -> None:
    """Check settings and catalogue: would `run` start?

    Names every mistake at once, in settings, catalogue, rules and notify file, with reason and cure, and
    shows what is in force. Connects to nothing without --connect, and writes nothing. Exit code 2 if
    something is wrong, 1 if something cannot be reached; warnings name what may be right and is worth a look.
    """
    from liangqu.desk.access.checking import desk_doubts, desk_mistakes
    from liangqu.tasks.checking.mistakes import find_mistakes
    from liangqu.terminal.help import language_of
    from liangqu.terminal.problems import problem_in_chinese
    from liangqu.terminal.words import CommandWords
    from sensors.calendar import SHANGHAI

    found = read_settings(context, config)
    findings = find_mistakes(found, datetime.now(SHANGHAI).date())
    language = language_of(context)
    _show_in_force(found, findings, language, by_id=ids)
    choice, people = found.settings.desk, findings.notify.people if findings.notify else ()
    doubts, away = [*findings.doubts, *_unread_file(found), *desk_doubts(choice, people)], list[str]()
    mistakes = [*findings.mistakes, *desk_mistakes(choice)]
    if connect and not found.problems:
        from liangqu.tasks.checking.connections import try_connections

        for finding in try_connections(found.settings, findings.notify):
            if finding.kind == "answers":
                say(finding.text)
            else:
                {"mistake": mistakes, "away": away, "doubt": doubts}[finding.kind].append(finding.text)
    words = CommandWords("check", language)
    for doubt in doubts:
        said = problem_in_chinese(doubt) if language == "zh" else doubt
        say(f"{_padded(words('warning'))}{said}")
    if mistakes or away:
        raise ProblemError(*mistakes, *away, exit_code=2 if mistakes else 1)
    say(words("warned", n=len(doubts)) if doubts else words("well"))


def _show_in_force(found: "SettingsRead", findings: "Findings", language: "Language", *, by_id: bool) -> None:
    """What is in force; of settings that cannot be used only which they are."""
    from liangqu.tasks.checking.in_force import describe_in_force, settings_line

    catalogue, rules, notify = findings.catalogue, findings.rules, findings.notify
    if found.problems or catalogue is None or rules is None or notify is None:
        _say_wrapped(*settings_line(found, language))
        return
    for line in describe_in_force(found, rules, notify, language, by_id=by_id):
        _say_wrapped(*line)


def _unread_file(found: "SettingsRead") -> "Iterator[str]":
    """That a file of the usual name lies here and another is read."""
    from pathlib import Path

    from liangqu.config.settings import OF_FOLDER

    here = Path(OF_FOLDER)
    if found.file is not None and here.is_file() and here.resolve() != found.file.resolve():
        yield f"{OF_FOLDER}: lies in this folder and is not read: {found.file} is"


def _say_wrapped(name: str, text: str, is_whole: bool = False) -> None:
    """A name and what is to be said of it, in lines that fit a terminal; Chinese signs are two columns."""
    from liangqu.tasks.checking.rule_words import LINE
    from liangqu.terminal.wrapping import wrap

    for line in [text] if is_whole else wrap(text, LINE):
        say(f"{_padded(name)}{line}")
        name = ""


def _padded(name: str) -> str:
    """The name with blanks up to where texts begin; a Chinese sign is two columns."""
    from liangqu.terminal.wrapping import columns_of

    return f"{name}{' ' * max(1, _INDENT - columns_of(name))}"
