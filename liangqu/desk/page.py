"""What a page is: where it stands, who may, what it shows, what its forms do."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec import Struct
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import Response

from liangqu.config.errors import ProblemError
from liangqu.desk.access.user import Role, User
from liangqu.desk.desk import Desk
from liangqu.desk.words import PageWords
from liangqu.terminal.problems import problem_in_chinese
from sensors.model import Language

_OPTION = re.compile(r"^--[a-z-]+(?:[:：] ?)")
Content = Mapping[str, Any]
"""What a template is filled with."""


class Visit(Struct, frozen=True, kw_only=True):
    """One request of a user who may make it.

    Attributes:
        page: Which.
        path: Parts of the path by name.
        query: Of the address; the first of a name counts.
        words: Of the page, in the language of the visit.
        now: The clock, once.
        request: As it came, for pages of the gate.
    """

    desk: Desk
    page: "Page"
    user: User
    language: Language
    path: Mapping[str, str]
    query: Mapping[str, str]
    words: PageWords
    now: datetime
    request: Request | None = None

    def problem(self, error: object) -> str:
        """A problem as commands say it, in the language of the visit, each of its lines.

        The option at which a command would find it is left out: a page has fields.
        """
        lines = error.lines if isinstance(error, ProblemError) else str(error).splitlines()
        said = map(problem_in_chinese, lines) if self.language == "zh" else lines
        return ("；" if self.language == "zh" else "; ").join(_OPTION.sub("", line) for line in said)


class SentForm(Struct, frozen=True):
    """What a form has sent: texts, without spaces around them, several of a name, and files."""

    fields: Mapping[str, Sequence[str]]
    files: Mapping[str, UploadFile] = {}

    def __getitem__(self, name: str) -> str:
        """The first of a name; "" if it was not sent."""
        found = self.fields.get(name)
        return found[0] if found else ""

    def __contains__(self, name: str) -> bool:
        """Whether it was sent."""
        return name in self.fields

    def every(self, name: str) -> Sequence[str]:
        """Each of a name, as of ticks."""
        return self.fields.get(name, ())


class Done(Struct, frozen=True):
    """A form was carried out: the page `to` follows ("" for the same), saying `said` of its words."""

    said: str
    to: str = ""


class NotDone(Struct, frozen=True):
    """A form was not carried out: the page is shown again with what is wrong, and what was typed."""

    why: str
    field: str = ""


class NotShown(Struct, frozen=True):
    """A page was asked for what it cannot give: it is shown with `content`, and with why."""

    content: Content
    why: str


Answer = Content | NotShown | Response
Outcome = Done | NotDone | Content | Response
"""`Content` shows the page with it besides its own, as for a password that is shown once."""


def never(_visit: Visit) -> bool:
    """Of a page that answers at once."""
    return False


def always(_visit: Visit) -> bool:
    """Of a page that is expensive whatever is asked of it."""
    return True


def when_sent(visit: Visit) -> bool:
    """Of a page whose forms are."""
    return visit.request is not None and visit.request.method == "POST"


class Page(Struct, frozen=True, kw_only=True):
    """A page.

    Attributes:
        path: As Starlette writes it, e.g. `/alerts/{event}`.
        name: Of its template and its words, and of its place in the menu.
        show: Fills the template for GET.
        act: Does what its forms ask for; None if it has none.
        look: What GET asks for.
        change: What its forms ask for.
        in_menu: Whether the menu names it.
        live: What the stream sends anew: the name of a template in `parts/` that is filled by `show` and
            holds no form; "" for none.
        is_open: Nobody has to be signed in.
        is_expensive: Whether this request takes so long that it waits for its turn.
    """

    path: str
    name: str
    show: Callable[[Visit], Answer]
    act: Callable[[Visit, SentForm], Outcome] | None = None
    look: Role = "look"
    change: Role = "duty"
    in_menu: bool = True
    live: str = ""
    is_open: bool = False
    is_expensive: Callable[[Visit], bool] = never
