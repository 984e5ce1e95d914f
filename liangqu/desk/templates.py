"""The templates of all pages: what each is filled with besides its own, and how times are written."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import jinja2
from markupsafe import Markup

from liangqu.desk.assets import asset_address
from liangqu.desk.foreign_text import short_text
from liangqu.desk.page import Page, Visit
from sensors.calendar import SHANGHAI

_FOLDER = Path(__file__).parent


def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    made.filters["clock"] = clock_text
    made.filters["day"] = lambda moment: f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    made.filters["foreign"] = short_text
    made.filters["local"] = lambda moment: f"{moment.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}"
    made.globals["asset"] = asset_address
    made.globals["address"] = address
    return made


def clock_text(moment: datetime | None) -> str | Markup:
    """`11-27 08:30` with the whole time for machines; Shanghai's. Nothing for None."""
    if moment is None:
        return "—"
    local = moment.astimezone(SHANGHAI)
    return Markup('<time datetime="{}">{}</time>').format(
        local.isoformat(timespec="seconds"), f"{local:%m-%d %H:%M}"
    )


def address(path: str, **query: object) -> str:
    """A path with a query; what is None or "" is left out."""
    given = {key: value for key, value in query.items() if value not in {None, ""}}
    return f"{path}?{urlencode(given)}" if given else path


def _in_other_language(visit: Visit) -> str:
    """The address of the page in the other language, with what else it was asked for."""
    kept = {key: value for key, value in visit.query.items() if key not in {"lang", "said"}}
    return f"?{urlencode({**kept, 'lang': 'en' if visit.language == 'zh' else 'zh'})}"


class Templates:
    """Fills templates for a visit.

    Args:
        menu: The pages that the menu names, in its order.
    """

    def __init__(self, menu: Sequence[Page]) -> None:
        self._menu = menu
        self._environment = _environment()

    def page(
        self, visit: Visit, content: Mapping[str, Any], *, token: str, notice: str = "", problem: str = ""
    ) -> str:
        """A whole page. `notice` says what was done, `problem` what was not."""
        shared = {
            "menu": [page for page in self._menu if visit.user.has(page.look)],
            "token": Markup('<input type="hidden" name="token" value="{}">').format(token),
            "notice": notice,
            "problem": problem,
            "in_other_language": _in_other_language(visit),
            "shard": visit.desk.files.settings.shard.name,
            "other_desks": visit.desk.files.settings.desk.others,
        }
        return self._fill(f"{visit.page.name}.html", visit, {**shared, **content})

    def part(self, visit: Visit, content: Mapping[str, Any]) -> str:
        """The part of a page that is sent anew."""
        return self._fill(f"parts/{visit.page.live}", visit, content)

    def _fill(self, name: str, visit: Visit, content: Mapping[str, Any]) -> str:
        return self._environment.get_template(name).render(
            t=visit.words,
            visit=visit,
            page=visit.page,
            language=visit.language,
            user=visit.user,
            now=visit.now,
            files_problem=visit.problem(visit.desk.problem),
            **content,
        )
