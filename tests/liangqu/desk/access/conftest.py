"""A desk with users: an administrator, one on duty, a reviewer, one who only looks; each with a browser."""

import re
from collections.abc import Callable, Generator, Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from httpx2 import Response
from msgspec import Struct
from starlette.applications import Starlette
from starlette.testclient import TestClient

from liangqu.config import settings
from liangqu.desk.access import passwords
from liangqu.desk.access.login_gate import LoginGate
from liangqu.desk.access.opening import open_gate
from liangqu.desk.access.user_changes import add_user
from liangqu.desk.access.users import UserEntry
from liangqu.desk.app import build_app
from liangqu.desk.desk import Desk
from tests.liangqu.desk.conftest import NOW, SETTINGS

PASSWORD = "mengniu tractor 27"
ROLES_OF = {"wang": ("admin",), "li": ("duty",), "zhao": ("review",), "sun": ()}
TOKEN = re.compile(r'name="token" value="([0-9a-f]{64})"')
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
"""The figures of the real one are tested where passwords are; here hundreds are verified."""


class Guarded(Struct):
    """A desk with logins, and its clock, which a test sets forward."""

    desk: Desk
    gate: LoginGate
    app: Starlette
    clock: list[datetime]

    def browser(self, base: str = "https://desk.test", **headers: str) -> TestClient:
        """A new one, without a cookie."""
        return TestClient(
            self.app, base, headers={"accept": "text/html", **headers}, follow_redirects=False,
            raise_server_exceptions=False,
        )  # fmt: skip

    def signed_in(self, name: str, **headers: str) -> TestClient:
        browser = self.browser(**headers)
        answer = sign_in(browser, name)
        assert answer.status_code == 303, answer.text
        return browser

    def pass_time(self, length: timedelta) -> None:
        self.clock[0] += length

    @property
    def users(self) -> Path:
        return self.gate.users.path


def token_of(browser: TestClient, path: str) -> str:
    """What a form of the page carries."""
    found = TOKEN.search(browser.get(path).text)
    assert found, path
    return found[1]


def sign_in(browser: TestClient, name: str, password: str = PASSWORD, there: str = "/") -> Response:
    form = {"token": token_of(browser, "/login"), "name": name, "password": password, "next": there}
    return browser.post("/login", data=form)


MakeDesk = Callable[[str], Guarded]


def make_desks(folder: Path, patch: pytest.MonkeyPatch) -> Generator[MakeDesk]:
    """Makes desks with these keys in `[desk]`, and nobody in their file of users; then closes them."""
    patch.setattr(passwords, "_HASHER", CHEAP)
    made: list[Desk] = []

    def make_desk(keys: str = "") -> Guarded:
        file = folder / "liangqu.toml"
        file.write_text(f"{SETTINGS}[desk]\n{keys}\n", encoding="utf-8")
        clock = [NOW]
        desk = Desk(lambda: settings.read(file), lambda: clock[0])
        made.append(desk)
        gate = open_gate(desk)
        assert isinstance(gate, LoginGate)
        return Guarded(desk, gate, build_app(desk, gate), clock)

    try:
        yield make_desk
    finally:
        for desk in made:
            desk.close()


@pytest.fixture
def make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeDesk]:
    yield from make_desks(tmp_path, monkeypatch)


def add_users(guarded: Guarded) -> None:
    for name, roles in ROLES_OF.items():
        stored = CHEAP.hash(PASSWORD)
        add_user(guarded.users, UserEntry(name, f"{name}芳", roles, password_hash=stored))


@pytest.fixture
def guarded(make: MakeDesk) -> Guarded:
    """With everybody of `ROLES_OF`."""
    made = make("")
    add_users(made)
    return made
