"""Whatever a page says has its word, and every word is said."""

import ast
import importlib
import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import get_args

import pytest

from ingest.journal.review.days import DayChange
from ingest.journal.review.steps import AnyStep, ReviewState
from liangqu.desk.access.gate import LOCAL
from liangqu.desk.access.user import ROLES
from liangqu.desk.desk import Desk
from liangqu.desk.jobs import JobState
from liangqu.desk.page import Visit
from liangqu.desk.pages import PAGES
from liangqu.desk.pages.import_ import FORMS
from liangqu.desk.words import PageWords, table
from liangqu.status.content import HearingState
from sensors.marks import What
from sensors.model import LANGUAGES, MEDIA
from tests.support.paths import ROOT

DESK = ROOT / "liangqu" / "desk"
MODULES = {page.name: page.show.__module__ for page in PAGES} | dict.fromkeys(
    ("login", "invitation", "account"), "liangqu.desk.pages.login"
)
VALUES = {
    *(
        value
        for kind in (AnyStep, DayChange, HearingState, JobState, ReviewState, What)
        for value in get_args(kind)
    ),
    *FORMS,
    *LANGUAGES,
    *MEDIA,
    *ROLES,
}
"""What data have is said by words of that name: whatever holds one of them is not looked for."""
BY_CODE = {"audit": ("what_", "door_")}
"""Words of other rooms' codes, which access/test_audit_words.py holds against the code."""

_INCLUDED = re.compile(r'{% include "([^"]+)" %}')
_EXPRESSION = re.compile(r"{{(.*?)}}|{%(.*?)%}", re.DOTALL)
_SAID = re.compile(r"\bt(?:\.html)?\('([\w-]+)'(?! ~)")
_QUOTED = re.compile(r"(?<!\[)(?<!== )(?<!get\()'([\w-]+)'(?! ~)")
_PREFIX = re.compile(r"'([\w-]+)' ~")


def template_of(name: str) -> str:
    text = (DESK / "templates" / f"{name}.html").read_text("utf-8")
    return _INCLUDED.sub(lambda found: (DESK / "templates" / found[1]).read_text("utf-8"), text)


def expressions(template: str) -> str:
    return "\n".join(found[1] or found[2] for found in _EXPRESSION.finditer(template))


def modules_of(name: str) -> Iterator[ast.Module]:
    """The page's, and those of the desk that it takes something from."""
    own = ast.parse(Path(str(importlib.import_module(MODULES[name]).__file__)).read_text("utf-8"))
    yield own
    for node in ast.walk(own):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(
            ("liangqu.desk.pages.", "liangqu.desk.access.")
        ):
            yield ast.parse((ROOT / f"{str(node.module).replace('.', '/')}.py").read_text("utf-8"))


def said_in_code(tree: ast.Module) -> Iterator[str]:
    """Keys as they stand in `words("key")`."""
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=said, args=[ast.Constant(value=str(key)), *_]) if (
                ast.unparse(said) == "visit.words"
            ):
                yield key


def texts_in_code(tree: ast.Module) -> tuple[AbstractSet[str], AbstractSet[str]]:
    """Texts that may be keys, and what begins or ends one that is made of parts."""
    names = {id(key) for node in ast.walk(tree) if isinstance(node, ast.Dict) for key in node.keys}
    names |= {id(node.slice) for node in ast.walk(tree) if isinstance(node, ast.Subscript)}
    plain, made = set(), set()
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(text)) if id(node) not in names:
                plain.add(text)
            case ast.JoinedStr(values=parts):
                made |= {str(each.value) for each in parts if isinstance(each, ast.Constant)}
    return plain, {text for text in made if re.fullmatch(r"_\w+|\w+_", text)}


def unused(name: str, words: Mapping[str, object]) -> list[str]:
    text = expressions(template_of(name))
    known, parts = {*_QUOTED.findall(text)} | VALUES, {*_PREFIX.findall(text), *BY_CODE.get(name, ())}
    for tree in modules_of(name):
        plain, made = texts_in_code(tree)
        known, parts = known | plain, parts | made
    return [
        key
        for key in words
        if key not in known
        and not any(key.startswith(part) for part in parts if part.endswith("_"))
        and not any(key.endswith(part) for part in parts if part.startswith("_"))
        and not key.startswith("page_")
    ]


@pytest.mark.parametrize("name", sorted(MODULES))
def test_every_word_of_a_page_is_said(name: str) -> None:
    common = table("common")
    own = {key: word for key, word in table(name).items() if common.get(key) != word}

    assert unused(name, own) == []


def test_every_word_of_all_pages_is_said() -> None:
    code = "\n".join(file.read_text("utf-8") for file in sorted(DESK.rglob("*.py")))
    said = {*re.findall(r"""(?:words|Done|Error|NotSignedIn)\((?:\w+, )?"([\w-]+)\"""", code)} | VALUES
    for file in sorted((DESK / "templates").rglob("*.html")):
        said |= {*_SAID.findall(expressions(file.read_text("utf-8")))}
    keyed = {
        "not_found",
        "gone",
        "too_large",
        "header_untrusted",
        "header_unknown",
    }  # by a status, or a count

    assert sorted(key for key in table("common").keys() - said - keyed if not key.startswith("page_")) == []


@pytest.mark.parametrize("name", sorted(MODULES))
def test_whatever_a_page_says_has_its_word(name: str) -> None:
    said = {*_SAID.findall(expressions(template_of(name)))}

    assert sorted(said - table(name).keys()) == []


@pytest.mark.parametrize("module", sorted({*MODULES.values()}))
def test_whatever_the_code_of_a_page_says_has_its_word(module: str) -> None:
    pages = [name for name, own in MODULES.items() if own == module]
    known = set().union(*(table(name) for name in pages))
    tree = next(modules_of(pages[0]))

    assert sorted({*said_in_code(tree)} - known) == []


CLOSED = [
    pytest.param("/x/readings.db: database is locked", id="a store that is busy"),
    pytest.param("/x/readings.db: no tables yet; `liangqu run` makes them", id="a store that is empty"),
    pytest.param("/x/readings.db: a database, but not one of this store", id="another database"),
    pytest.param("/x/journal.db: cut after 5 s of reading; ask for less", id="a journal that is busy"),
    pytest.param("the answer takes too long", id="InfluxDB that is slow"),
    pytest.param("http://127.0.0.1:8086/query: Connection refused", id="InfluxDB that is away"),
    pytest.param("database is locked", id="SQLite alone"),
    pytest.param("x is approved; --reason and --by say why it changes, and who says so", id="locked"),
    pytest.param("x 2026-10-01 is not over; it can be submitted a minute after its end", id="too early"),
    pytest.param(
        "--as-of: changes are recorded since 2026-10-01T00:00:00Z only; what was known before cannot be told",
        id="before the records",
    ),
]  # fmt: skip


@pytest.mark.parametrize("line", CLOSED)
def test_what_pages_say_when_they_cannot_is_chinese_on_a_chinese_page(desk: Desk, line: str) -> None:
    """As the 503 page and a refused form say it: no two English words in a row, no option of a command."""
    visit = Visit(
        desk=desk, page=PAGES[0], user=LOCAL, language="zh", path={}, query={}, words=PageWords("now", "zh"),
        now=desk.clock(),
    )  # fmt: skip
    said = visit.problem(line)
    assert re.search("[\u4e00-\u9fff]", said)
    assert not re.search(r"[a-z]{3,} [a-z]{2,}", said.replace("liangqu run", ""))
    assert not said.startswith("--")
