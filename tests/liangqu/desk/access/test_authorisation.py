"""Who may reach what: every route by every kind of visitor and method; forged and foreign requests."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx2 import Response
from starlette.routing import Route
from starlette.testclient import TestClient

from alerts.acknowledge import links
from alerts.acknowledge.links import EpisodeLinks
from ingest.journal.audit import read_audit
from liangqu.desk.access.user import ROLES
from liangqu.desk.pages import PAGES
from tests.liangqu.desk.access.conftest import ROLES_OF, Guarded, MakeDesk, add_users, make_desks, token_of

OPEN = {"/healthz", "/assets/{digest}/{name}", "/login", "/invitation"}
"""What needs no login; assets are files of the program."""
LOOK = {  # the role that GET asks for, of each page
    "/": "look", "/alerts": "look", "/alerts/{event}": "look", "/quarantine": "look",
    "/quarantine/{item}": "look", "/review": "look", "/review/{site}/{month}": "look",
    "/review/{site}/{month}/curves": "look", "/reports": "look",
    "/reports/{month}/{revision}/{language}": "look",
    "/reports/{month}/{revision}/{language}/{file}": "look", "/duty": "look", "/rules": "look",
    "/import": "review", "/export": "look", "/settings": "review", "/audit": "review",
    "/audit.csv": "review", "/account": "look", "/stations": "look", "/add-station": "admin",
    "/stations/{station}": "look",
}  # fmt: skip
CHANGE = {  # the role that POST asks for; of the others none has a form
    "/alerts": "duty", "/alerts/{event}": "duty", "/quarantine": "review", "/review/{site}/{month}": "review",
    "/reports": "review", "/reports/{month}/{revision}/{language}": "review", "/duty": "duty",
    "/import": "review", "/settings": "admin", "/account": "look", "/add-station": "admin",
    "/stations/{station}": "admin",
}  # fmt: skip
VISITORS = [*ROLES_OF, "nobody", "guest"]
"""wang is an administrator, li on duty, zhao a reviewer, sun looks only; a guest has no login."""
NOT_IN = {301, 302, 303, 307, 308, 401, 403}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """One for all rows: none changes anything, as no form says what to do."""
    with pytest.MonkeyPatch.context() as patch:
        made = make_desks(tmp_path_factory.mktemp("desk"), patch)
        guarded = next(made)("")
        add_users(guarded)
        yield guarded
        made.close()


@pytest.fixture(scope="module")
def browsers(guarded: Guarded) -> dict[str, TestClient]:
    found = {name: guarded.signed_in(name) for name in ROLES_OF}
    return found | {"nobody": guarded.browser(), "guest": guarded.browser()}


def path_of(template: str, *, event: str = "other") -> str:
    filled = {"{event}": event, "{revision}": "1", "{month}": "2026-10", "{language}": "zh"}
    for name in ("item", "site", "station", "file", "page", "digest", "name"):
        filled[f"{{{name}}}"] = "1"
    for name, value in filled.items():
        template = template.replace(name, value)
    return template


def link_to(guarded: Guarded, event: str) -> str:
    with guarded.desk.journal.transaction() as connection:
        secret = links.secret(connection)
    return "/alerts/" + EpisodeLinks(secret, "").relative(event, "", "zh")


def may(visitor: str, role: str) -> bool:
    held = ROLES_OF.get(visitor)
    return held is not None and (role == "look" or role in held or "admin" in held)


def test_every_route_of_the_desk_stands_in_a_table_here(guarded: Guarded) -> None:
    routes = {route.path for route in guarded.app.routes if isinstance(route, Route)}
    assert routes - OPEN - {"/stream/{page}"} <= LOOK.keys()
    forms = {page.path for page in PAGES if page.act} | {"/account"}
    assert forms <= CHANGE.keys()


ROUTES = [page.path for page in PAGES] + ["/account"]


@pytest.mark.parametrize("visitor", VISITORS)
@pytest.mark.parametrize("route", ROUTES)
def test_who_may_look(route: str, visitor: str, browsers: dict[str, TestClient]) -> None:
    browser, path = browsers[visitor], path_of(route)
    answer = browser.get(path)
    if visitor in ROLES_OF:
        assert (answer.status_code == 403) is not may(visitor, LOOK[route])
        assert answer.status_code not in NOT_IN or answer.status_code == 403
    else:
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/login?next=%2F")
        assert browser.get(path, headers={"accept": "application/json"}).status_code == 401
    assert answer.status_code < 500


@pytest.mark.parametrize("visitor", VISITORS)
@pytest.mark.parametrize("route", [route for route in ROUTES if route in CHANGE])
def test_who_may_change(route: str, visitor: str, browsers: dict[str, TestClient]) -> None:
    """With the token of one's own pages and nothing else in the form."""
    browser = browsers[visitor]
    token = token_of(browser, "/account" if visitor in ROLES_OF else "/login")
    answer = browser.post(path_of(route), data={"token": token})
    if visitor in ROLES_OF:
        assert (answer.status_code == 403) is not may(visitor, CHANGE[route])
        assert answer.status_code != 401
    else:
        assert answer.status_code == 401
    assert answer.status_code < 500


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"])
@pytest.mark.parametrize("visitor", ["nobody", "wang"])
def test_no_page_has_another_method(visitor: str, method: str, browsers: dict[str, TestClient]) -> None:
    for route in ROUTES:
        assert browsers[visitor].request(method, path_of(route)).status_code in {401, 404, 405}


OWN, OTHER = "own", "another's"
FORGERIES: dict[str, tuple[dict[str, str], dict[str, str]]] = {  # a form and headers
    "no token": ({}, {}),
    "a blank one": ({"token": ""}, {}),
    "that of another's session": ({"token": OTHER}, {}),
    "one that was made up": ({"token": "0" * 64}, {}),
    "sent from another site": ({"token": OWN}, {"sec-fetch-site": "cross-site"}),
    "sent from a neighbour": ({"token": OWN}, {"sec-fetch-site": "same-site"}),
    "of a foreign origin": ({"token": OWN}, {"origin": "https://evil.test"}),
    "of our name with another port": ({"token": OWN}, {"origin": "https://desk.test:444"}),
    "of no origin that can be": ({"token": OWN}, {"origin": "https://[evil"}),
}


@pytest.mark.parametrize("forgery", FORGERIES)
@pytest.mark.parametrize("route", [route for route in ROUTES if route in CHANGE])
def test_a_forged_form_is_refused_and_changes_nothing(
    route: str, forgery: str, guarded: Guarded, browsers: dict[str, TestClient]
) -> None:
    connection = guarded.desk.journal.connection()
    before = len(read_audit(connection)), connection.total_changes
    tokens = {OWN: token_of(browsers["wang"], "/account"), OTHER: token_of(browsers["li"], "/account")}
    form, headers = FORGERIES[forgery]
    sent = {"do": "sign_out"} | {key: tokens.get(value, value) for key, value in form.items()}
    answer = browsers["wang"].post(path_of(route), data=sent, headers=headers)

    assert answer.status_code == 403
    assert (len(read_audit(connection)), connection.total_changes) == before


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"sec-fetch-site": "same-origin"}, id="as browsers say it"),
        pytest.param({"origin": "https://desk.test"}, id="of our origin"),
        pytest.param({"origin": "null", "sec-fetch-site": "same-origin"}, id="with our referrer policy"),
        pytest.param({}, id="an old browser"),
    ],
)
def test_a_form_of_ours_is_taken(headers: dict[str, str], browsers: dict[str, TestClient]) -> None:
    form = {"token": token_of(browsers["li"], "/account")}
    assert browsers["li"].post("/account", data=form, headers=headers).status_code == 422


@pytest.mark.parametrize("path", ["/nothing", "/alerts/x/y", "/admin", "/login/x", "/metrics", "/%2e%2e/x"])
def test_nobody_learns_which_pages_there_are(path: str, browsers: dict[str, TestClient]) -> None:
    assert browsers["nobody"].get(path).status_code == 303
    assert browsers["nobody"].post(path).status_code == 401
    assert browsers["sun"].get(path).status_code == 404


@pytest.mark.parametrize("page", ["now", "reports", "nothing"])
def test_the_stream_is_for_users(page: str, browsers: dict[str, TestClient]) -> None:
    assert browsers["nobody"].get(f"/stream/{page}").status_code == 401


class TestGuest:
    """Whoever has the link of a message, and no login."""

    def get(self, guarded: Guarded, path: str) -> Response:
        return guarded.browser().get(path)

    def test_the_link_opens_its_event_alone(self, guarded: Guarded) -> None:
        link = link_to(guarded, "own")
        assert self.get(guarded, link).status_code == 404  # no such event, but no login asked for
        for path in ("/alerts/other", "/alerts", "/", "/account", "/alerts/own/x"):
            assert self.get(guarded, f"{path}?{link.partition('?')[2]}").status_code == 303

    @pytest.mark.parametrize(
        "change",
        [
            pytest.param(lambda link: link.replace("sig=", "sig=0"), id="another signature"),
            pytest.param(lambda link: link.replace("lang=zh", "lang=en"), id="another language"),
            pytest.param(lambda link: link.replace("by=", "by=wang"), id="another person"),
            pytest.param(lambda link: link.replace("own?", "other?"), id="another event"),
            pytest.param(lambda link: link.partition("&sig")[0], id="no signature"),
        ],
    )
    def test_a_link_that_was_changed_opens_nothing(self, guarded: Guarded, change: object) -> None:
        changed = change(link_to(guarded, "own"))  # type: ignore[operator]
        assert self.get(guarded, changed).status_code == 303

    def test_its_form_needs_a_token_too(self, guarded: Guarded) -> None:
        answer = guarded.browser().post(link_to(guarded, "own"), data={"do": "ack"})
        assert answer.status_code == 403


def test_without_logins_only_this_machine_s_names_are_answered(make: MakeDesk, tmp_path: Path) -> None:
    """A page of elsewhere whose name leads to 127.0.0.1 would else read along."""
    from liangqu.desk.access.gate import Gate
    from liangqu.desk.app import build_app

    guarded = make("")
    app = build_app(guarded.desk, Gate())
    for base, status in (
        ("http://localhost:9465", 200),
        ("http://127.0.0.1", 200),
        ("http://evil.test", 403),
    ):
        client = TestClient(app, base, headers={"accept": "text/html"})
        assert client.get("/").status_code == status
    assert [*ROLES] == ["look", "duty", "review", "admin"]
