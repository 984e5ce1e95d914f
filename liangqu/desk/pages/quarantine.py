"""*Quarantine*: what was refused, by sender and reason; tried, given back or dropped."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

from ingest.journal import quarantine, refusals
from ingest.journal.quarantine import QuarantinedItem, QuarantineFilter
from ingest.processing.details import describe_detail
from liangqu.config.errors import ProblemError
from liangqu.desk.foreign_text import payload_text, short_text, sight
from liangqu.desk.page import Answer, Done, NotDone, Outcome, Page, SentForm, Visit, when_sent
from liangqu.desk.templates import address
from liangqu.service.wording.reasons import describe_reason
from liangqu.tasks.messages.forecast import forecast_replay
from liangqu.tasks.messages.forecast_words import describe_forecast
from liangqu.tasks.messages.giving_back import drop_items, give_back
from liangqu.tasks.messages.matrix import to_matrix
from liangqu.tasks.messages.selection import check_selection, check_topic
from sensors.catalogue.model import Catalogue
from sensors.decoding.topics import OF_TOPIC, reading_topics
from sensors.model import Language

A_PAGE = 50
"""Items."""
MOST_SENDERS = 25
"""Rows of the matrix."""
HEAD = 1024
"""Bytes of a payload in the list."""
WHOLE_HEAD = 32 * 1024
"""Bytes of a payload on its own page."""
MOST_TRIED = 5000
"""Messages that a forecast decodes: some seconds."""
LARGEST_ID = 2**63 - 1


def show(visit: Visit) -> Answer:
    """The matrix, and a page of the items that the query chooses."""
    which = _filter(visit)
    with visit.desk.snapshot() as connection:
        groups = quarantine.summary(connection)
        found = _page_of_items(connection, visit, which)
        newest = refusals.last_id(connection)
    chosen = [row for row in groups if which.reason in {None, row[0]} and which.site in {None, row[1]}]
    return {
        "matrix": to_matrix(groups, MOST_SENDERS),
        "which": which,
        "matching": sum(row[2] for row in chosen),
        "items": [_shown(item, visit.language) for item in found[:A_PAGE]],
        "older": found[A_PAGE - 1].id - 1 if len(found) > A_PAGE else None,
        "newest": newest,
        "topics": _topics(visit, which),
        "forecast": (),
        **_words(visit),
    }


def show_item(visit: Visit) -> Answer:
    """One item, with as much of its payload as a browser likes."""
    number = _number(visit.path["item"])
    with visit.desk.snapshot() as connection:
        which = QuarantineFilter(ids=(number,))
        found = next(quarantine.items(connection, which, head=WHOLE_HEAD), None)
    shown = None if found is None else _shown(found, visit.language)
    return {"item": shown, "number": number, **_words(visit)}


def act(visit: Visit, form: SentForm) -> Outcome:
    """Say what giving items back would bring, give them back, or drop them."""
    which = _chosen(form)
    if which is None:
        return NotDone(visit.words("none_chosen"), "item")
    try:
        match form["do"]:
            case "foresee":
                return _foresee(visit, form, which)
            case "replay":
                return _replay(visit, form, which)
            case "drop":
                return _drop(visit, form, which)
    except ProblemError as error:
        return NotDone(_said(error, visit))
    return NotDone(visit.words("bad_request", why=form["do"]))


def _foresee(visit: Visit, form: SentForm, which: QuarantineFilter) -> Mapping[str, Any]:
    settings, catalogue = visit.desk.files.settings, visit.desk.files.catalogue
    topic = form["topic"] or None
    with visit.desk.snapshot() as connection:
        check_selection(connection, which, catalogue)
        if topic:
            check_topic(connection, which, topic, settings.mqtt.served, catalogue)
        found = forecast_replay(connection, which, settings, catalogue, topic=topic, most=MOST_TRIED)
    lines = [short_text(line) for line in describe_forecast(found, visit.language)]
    return {"forecast": lines, "typed": form}


def _replay(visit: Visit, form: SentForm, which: QuarantineFilter) -> Outcome:
    files = visit.desk.files
    with visit.desk.journal.transaction() as connection:
        done = give_back(
            connection,
            which,
            files.settings,
            files.catalogue,
            visit.now,
            topic=form["topic"] or None,
            reason=form["why"],
            by=visit.user.name,
        )
    again = len(done.again) or None
    return Done("", _here(visit, given=done.moved, cut=done.cut or None, again=again))


def _drop(visit: Visit, form: SentForm, which: QuarantineFilter) -> Outcome:
    if not form["why"]:
        return NotDone(visit.words("needs_reason"), "why")
    with visit.desk.journal.transaction() as connection:
        dropped = drop_items(connection, which, visit.desk.files.catalogue, visit.now, form["why"])
    return Done("", _here(visit, dropped=dropped))


def _here(visit: Visit, **query: object) -> str:
    which = _filter(visit)
    return address("/quarantine", reason=which.reason, site=which.site, **query)


def _filter(visit: Visit) -> QuarantineFilter:
    """What the list is narrowed to; the page that it is on left aside."""
    return QuarantineFilter(reason=visit.query.get("reason") or None, site=visit.query.get("site") or None)


def _chosen(form: SentForm) -> QuarantineFilter | None:
    """What a form means: its ticks, or all that matched when it was shown; None if nothing was chosen."""
    if form["scope"] == "all":
        return QuarantineFilter(
            reason=form["reason"] or None, site=form["site"] or None, newest=_number(form["newest"])
        )
    ids = tuple(_number(each) for each in form.every("item"))
    return QuarantineFilter(ids=ids) if ids else None


def _number(text: str) -> int:
    """Of an item; 0, which none has, for what is no number."""
    return (
        min(int(text), LARGEST_ID) if text.isascii() and text.isdigit() and len(text) < len("9" * 20) else 0
    )


def _page_of_items(
    connection: sqlite3.Connection, visit: Visit, which: QuarantineFilter
) -> Sequence[QuarantinedItem]:
    """One more than a page, if there are so many."""
    before = visit.query.get("before", "")
    narrowed = QuarantineFilter(
        reason=which.reason, site=which.site, newest=_number(before) if before else None
    )
    return [*quarantine.items(connection, narrowed, A_PAGE + 1, head=HEAD)]


def _shown(item: QuarantinedItem, language: Language) -> Mapping[str, Any]:
    """An item whose texts are fit to be read; passwords of data loggers masked."""
    return {
        "id": item.id,
        "reason": item.reason,
        "detail": short_text(describe_detail(item.detail, language)),
        "position": short_text(item.position),
        "topic": short_text(item.topic),
        "site": item.site,
        "received": item.received,
        "length": item.length,
        "cut": item.cut,
        "kept": len(item.payload),
        "payload": payload_text(item.payload),
    }


def _topics(visit: Visit, which: QuarantineFilter) -> Sequence[str]:
    """On which topics items may be given back: of those alone that came on a wrong one."""
    if which.reason not in OF_TOPIC:
        return ()
    files = visit.desk.files
    return reading_topics(files.settings.mqtt.served, files.catalogue)


def _words(visit: Visit) -> Mapping[str, Any]:
    catalogue = visit.desk.files.catalogue
    return {
        "why": lambda reason: visit.words.name(describe_reason(reason)),
        "who": lambda sender: _sender_name(sender, catalogue, visit),
        "sight": sight,
    }


def _sender_name(sender: str, catalogue: Catalogue, visit: Visit) -> str:
    """What people call it; "" for one that the catalogue does not know."""
    site = catalogue.sender(sender) or catalogue.sites.get(catalogue.by_mn.get(sender, ""))
    return "" if site is None else visit.words.name(site.name)


def _said(error: ProblemError, visit: Visit) -> str:
    return short_text(visit.problem(error))


PAGES = (
    Page(
        path="/quarantine", name="quarantine", show=show, act=act, change="review",
        is_expensive=when_sent,
    ),
    Page(path="/quarantine/{item}", name="refused_item", show=show_item, in_menu=False),
)  # fmt: skip
