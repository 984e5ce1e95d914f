"""*Settings*: what is in force and where it comes from, and what `liangqu check` says of it."""

from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct

from liangqu.config.reference.in_force import KeyInForce, files_in_force, tables_in_force
from liangqu.config.reference.rows_in_force import RowInForce, rows_in_force
from liangqu.desk.access.checking import desk_doubts, desk_mistakes
from liangqu.desk.page import Answer, Outcome, Page, SentForm, Visit
from liangqu.tasks.checking.connections import ConnectionFinding, try_connections
from liangqu.tasks.checking.mistakes import find_mistakes
from liangqu.terminal.key_text import in_words
from sensors.calendar import SHANGHAI


class ShownKey(Struct, frozen=True):
    """A key as the page lists it; `value` is "" where rows have it, `origin` for the default."""

    name: str
    value: str
    origin: str
    default: str
    meaning: str


class ShownRow(Struct, frozen=True):
    """A row of catalogue, rules or notify file; `origin` is "" of what is shipped, `written` its keys."""

    id: str
    name: str
    origin: str
    written: tuple[str, ...]


class ShownTable(Struct, frozen=True):
    """A table of one of the four files; `set_keys` says how many of its keys are not the default."""

    file: str
    head: str
    keys: tuple[ShownKey, ...]
    set_keys: int
    rows: tuple[ShownRow, ...]


def show(visit: Visit) -> Answer:
    """Every key of every file, and what is wrong with them or doubtful."""
    found = visit.desk.files.found
    findings = find_mistakes(found, visit.now.astimezone(SHANGHAI).date())
    choice, people = found.settings.desk, visit.desk.files.notify.people
    return {
        "file": found.file,
        "files": {name: [*map(str, files)] for name, files in files_in_force(found.settings).items()},
        "tables": _tables(visit),
        "mistakes": _said(visit, (*findings.mistakes, *desk_mistakes(choice))),
        "doubts": _said(visit, (*findings.doubts, *desk_doubts(choice, people))),
        "findings": (),
    }


def act(visit: Visit, _form: SentForm) -> Outcome:
    """Try broker, store and channels, as `liangqu check --connect` does."""
    files = visit.desk.files
    findings = [*try_connections(files.settings, files.notify)]
    return {"findings": [(each.kind, _said_finding(visit, each)) for each in findings]}


def _tables(visit: Visit) -> Sequence[ShownTable]:
    shown, found = [], visit.desk.files.found
    every = [*rows_in_force(found.settings)]
    for table in tables_in_force(found):
        keys = tuple(_key(key, visit) for key in table.keys)
        rows = tuple(_row(row, visit) for row in every if table.head == f"[[{row.kind}]]")
        shown.append(ShownTable(table.file, table.head, keys, sum(bool(key.origin) for key in keys), rows))
    return shown


def _row(row: RowInForce, visit: Visit) -> ShownRow:
    written = tuple(f"{name} = {value}" for name, value in row.values().items() if name not in {"id", "name"})
    return ShownRow(row.id, row.name(visit.language), Path(row.origin).name if row.origin else "", written)


def _key(key: KeyInForce, visit: Visit) -> ShownKey:
    return ShownKey(
        key.described.key[1],
        key.value or "",
        Path(key.origin).name if key.origin else "",
        key.described.default_text(visit.language),
        in_words(key.described, visit.language),
    )


def _said(visit: Visit, lines: Sequence[str]) -> Sequence[str]:
    return [visit.problem(line) for line in lines]


def _said_finding(visit: Visit, finding: ConnectionFinding) -> str:
    return _said(visit, [finding.text])[0]


PAGES = (Page(path="/settings", name="settings", show=show, act=act, look="review", change="admin"),)
