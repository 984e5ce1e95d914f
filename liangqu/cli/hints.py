"""`liangqu hints`: what a reviewer of a site's month might look at."""

from typing import TYPE_CHECKING, Annotated

import typer

from liangqu.cli.options import AsJson, Config, NoHeader, local_time, settings_of
from liangqu.config.errors import ProblemError
from liangqu.config.names import check_site
from liangqu.terminal.help import language_of
from liangqu.terminal.output import say, say_json
from liangqu.terminal.words import CommandWords

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dashboards.review.hints.hint import Hint
    from dashboards.review.words import HintWords
    from sensors.model import Language


def hints(
    context: typer.Context,
    site: Annotated[str, typer.Argument(help="The site's id.", metavar="SITE")],
    *,
    month: Annotated[str, typer.Option(help="The month, as 2026-10.", metavar="YYYY-MM")],
    no_header: NoHeader = False,
    as_json: AsJson = False,
    config: Config = None,
) -> None:
    """Show hints for the review of a site's month.

    Each is a question with its evidence, never a verdict: PM2.5 above PM10, values that stop just below a
    limit, values that repeat another station's, a station that leaves its neighbours, flat lines at night,
    drops when maintenance begins. Nothing is changed; what is wrong is marked with liangqu mark.
    """
    from datetime import UTC, datetime

    from dashboards.reports.month import Month, MonthError
    from dashboards.review.document import to_document
    from dashboards.review.hints.registry import hints_of
    from dashboards.review.words import HintWords
    from liangqu.config.factories import open_catalogue
    from liangqu.tasks.site_month import reviewed_month

    settings = settings_of(context, config)
    catalogue = open_catalogue(settings)
    site = catalogue.by_former.get(site, site)
    check_site("SITE", site, catalogue)
    try:
        asked = Month.parse(month)
    except MonthError as error:
        raise ProblemError(f"--month: {error}") from None
    read = reviewed_month(settings, catalogue, site, asked, datetime.now(UTC)).read
    if not read.curves:
        raise ProblemError(f"no reading of {site} is stored in {asked}", exit_code=1)
    words, found = HintWords(language_of(context), catalogue), hints_of(read)
    if as_json:
        say_json([to_document(hint, words) for hint in found])
        return
    told = list(_lines(found, words, language_of(context)))
    for line in told[int(no_header) :] if found else (CommandWords("hints", words.language)("none"),):
        say(line)


def _lines(found: "Sequence[Hint]", words: "HintWords", language: "Language") -> "Iterator[str]":
    from liangqu.terminal.table import lines

    rows = [CommandWords("hints", language).headings()]
    rows += [
        [
            local_time(hint.start),
            local_time(hint.end),
            words.parameter(hint.parameter),
            words.title(hint.kind),
            words.reason(hint),
        ]
        for hint in found
    ]
    return lines(rows)
