"""`liangqu zones`: means of wider zones, from the daily means that the stores hold."""

import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from liangqu.cli.options import Config, settings_of
from liangqu.config.errors import ProblemError
from liangqu.terminal.help import language_of
from liangqu.terminal.output import say
from liangqu.terminal.words import CommandWords

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date, timedelta

    from liangqu.config.settings import Settings
    from liangqu.tasks.wider_zones import ZoneDone
    from sensors.catalogue.model import Catalogue


def command(
    context: typer.Context,
    *,
    from_: Annotated[
        str | None,
        typer.Option("--from", help="First day, YYYY-MM-DD; by default 1 January three years ago."),
    ] = None,
    every: Annotated[
        str | None, typer.Option(help="Stay, and compute anew after so long, such as 1h.")
    ] = None,
    config: Config = None,
) -> None:
    """Compute the means of zones above several services.

    They are made of other zones, or of stations of several services: of each day the mean of the members'
    daily means in the stores, and from it months and years as for every zone. Only what differs from the
    store is written, so that a revised day of a member is taken over. It says how many members the newest
    day rests on, and which are missing.
    """
    from liangqu.config.factories import open_catalogue

    settings = settings_of(context, config)
    catalogue = open_catalogue(settings)
    since, pause = _since(from_), _pause(every)
    words = CommandWords("zones", language_of(context))
    while True:
        _once(settings, catalogue, since, words, keeps_on=pause is not None)
        if pause is None:
            return
        time.sleep(pause.total_seconds())


def _once(
    settings: "Settings", catalogue: "Catalogue", since: "date | None", words: CommandWords, *, keeps_on: bool
) -> None:
    """Compute once; a store that does not answer ends it only if nobody asked to stay."""
    from alerts.notify.words import name_parameter
    from liangqu.tasks.wider_zones import compute_zones, first_day_of
    from liangqu.terminal.problems import problem_in_chinese
    from liangqu.terminal.progress import progress

    now = datetime.now(UTC)
    try:
        done = compute_zones(settings, catalogue, since or first_day_of(now), now, progress)
    except ProblemError as problem:
        if not keeps_on or problem.exit_code != 1:
            raise
        for line in problem.lines:
            say(problem_in_chinese(line) if words.language == "zh" else line, err=True)
        return
    names = {id_: getattr(place.name, words.language) for id_, place in catalogue.places.items()}
    names |= {id_: getattr(place.name, words.language) for id_, place in catalogue.wider_zones.items()}
    names |= {id_: getattr(name_parameter(id_, catalogue)[1], words.language) for id_ in catalogue.parameters}
    for one in done:
        for line in _lines(one, words, names):
            say(line)


def _lines(one: "ZoneDone", words: CommandWords, names: dict[str, str]) -> "Iterator[str]":
    """What was written of a zone, and on whom its newest days rest: equal ones in one line.

    `names` are those of places and parameters.
    """
    name = names[one.place.id]
    yield words("written", zone=name, n=one.written)
    if not one.newest:
        yield words("nothing", zone=name)
    groups: dict[tuple[date, float, float, str], list[str]] = {}
    for parameter, (day, row) in one.newest.items():
        groups.setdefault((day, row.present or 0, row.of or 0, row.missing), []).append(parameter)
    for (day, present, of, missing), parameters in groups.items():
        measured, absent = (
            words("between").join(names.get(id_, id_) for id_ in ids if id_)
            for ids in (parameters, missing.split(";"))
        )
        said = words("rests", day=day.isoformat(), parameters=measured, present=int(present), of=int(of))
        yield said + (words("missing", names=absent) if absent else "")


def _since(text: str | None) -> "date | None":
    from datetime import date

    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ProblemError(f"--from: {text!r} is not a date such as 2026-11-22") from None


def _pause(text: str | None) -> "timedelta | None":
    from sensors.durations import parse_duration

    if text is None:
        return None
    try:
        return parse_duration(text)
    except ValueError as error:
        raise ProblemError(f"--every: {error}") from None
