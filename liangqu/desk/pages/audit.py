"""*Audit*: who changed what, when, by which door and why; and the list as CSV."""

import csv
import io
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, datetime, timedelta

import msgspec
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse

from ingest.journal.audit import AuditRow, read_audit
from liangqu.desk.page import Answer, Content, NotShown, Page, Visit
from liangqu.desk.templates import address
from sensors.calendar import SHANGHAI
from sensors.excerpt import csv_cell

SHOWN = 100
LONGEST_ID = 18
"""Digits: what is longer is no row's, and SQLite takes none beyond 2⁶³."""
COLUMNS = ("time", "who", "door", "what", "objects", "why", "details")


def show(visit: Visit) -> Answer:
    """A page of the list, the newest first; a day that is none is said, and bounds nothing."""
    content = _content(visit)
    return content if _is_span(visit) else NotShown(content, visit.words("no_day"))


def _content(visit: Visit) -> Content:
    before = visit.query.get("before", "")
    is_id = before.isdecimal() and len(before) <= LONGEST_ID
    rows = _rows(visit, int(before) if is_id else None, SHOWN + 1)
    kept = {key: visit.query.get(key, "") for key in ("who", "since", "until")}
    more = rows[SHOWN - 1].id if len(rows) > SHOWN else None
    return {
        "rows": rows[:SHOWN],
        "refused": sorted(visit.desk.refused.items()),
        "asked": kept,
        "older": address("/audit", **kept, before=more) if more is not None else "",
        "as_csv": address("/audit.csv", **kept),
        "what": lambda code: visit.words(f"what_{code}") if f"what_{code}" in visit.words else code,
        "door": lambda code: visit.words(f"door_{code}") if f"door_{code}" in visit.words else code,
        "details": lambda row: _details(row, visit),
    }


def give_csv(visit: Visit) -> Response:
    """All rows that were asked for, oldest last, codes instead of words.

    Raises:
        HTTPException: a day is none (400).
    """
    if not _is_span(visit):
        raise HTTPException(400, visit.words("no_day"))
    name = f"audit-{visit.now.astimezone(SHANGHAI):%Y-%m-%d}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(_csv(visit), media_type="text/csv; charset=utf-8", headers=headers)


def _csv(visit: Visit) -> Iterator[str]:
    yield _line(COLUMNS)
    before = None
    while rows := _rows(visit, before, 1000):
        for row in rows:
            at = row.at.astimezone(SHANGHAI).isoformat(timespec="seconds")
            details = msgspec.json.encode(row.details).decode() if row.details else ""
            yield _line((at, row.who, row.door, row.what, " ".join(row.objects), row.why, details))
        before = rows[-1].id


def _line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow([csv_cell(cell) for cell in cells])
    return text.getvalue()


def _rows(visit: Visit, before: int | None, limit: int) -> list[AuditRow]:
    with visit.desk.snapshot() as connection:
        return read_audit(
            connection,
            since=_day(visit.query.get("since", "")),
            until=_day(visit.query.get("until", ""), after=True),
            who=visit.query.get("who") or None,
            before=before,
            limit=limit,
        )


def _is_span(visit: Visit) -> bool:
    """Whether what was given as days are days."""
    given = (visit.query.get(key, "") for key in ("since", "until"))
    return all(_day(text) is not None for text in given if text)


def _day(text: str, *, after: bool = False) -> datetime | None:
    """Its first moment in Shanghai, or the first after it; None of what is no day."""
    try:
        day = date.fromisoformat(text) + timedelta(days=after)
    except (ValueError, OverflowError):
        return None
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)


def _details(row: AuditRow, visit: Visit) -> str:
    """In a line: `days: 2026-11-28 · person: li`; a key without words as it is."""
    colon = "：" if visit.language == "zh" else ": "
    found = {key: value for key, value in row.details.items() if value not in ("", None, [])}
    return " · ".join(f"{_key(key, visit)}{colon}{_text(value, visit)}" for key, value in found.items())


def _key(key: str, visit: Visit) -> str:
    return visit.words(f"detail_{key}") if f"detail_{key}" in visit.words else key


def _text(value: object, visit: Visit) -> str:
    """Codes and numbers stay; a time is Shanghai's."""
    match value:
        case list():
            return ", ".join(_text(each, visit) for each in value)
        case bool():
            return visit.words("yes" if value else "no")
        case str() if len(value) > len("2026-01-01T00:00"):
            with suppress(ValueError):
                return f"{datetime.fromisoformat(value).astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    return str(value)


PAGES = (
    Page(path="/audit", name="audit", show=show, look="review"),
    Page(path="/audit.csv", name="audit", show=give_csv, look="review", in_menu=False),
)
