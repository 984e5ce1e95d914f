"""Signing in and out: what a browser is given, what ends a session, what is told of a failure."""

import re
from datetime import timedelta
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from ingest.journal.audit import read_audit
from liangqu.desk.access import user_changes
from liangqu.desk.access.opening import first_link
from liangqu.desk.access.sessions import AT_MOST, IDLE
from liangqu.desk.access.users import UserEntry
from tests.liangqu.desk.access.conftest import (
    CHEAP,
    PASSWORD,
    Guarded,
    MakeDesk,
    add_users,
    sign_in,
    token_of,
)

NEW = "grape ladder 93 north"


def set_cookie(answer: Response, name: str = "liangqu-desk") -> dict[str, str]:
    """The parts of that cookie, which an answer sets; its value under its name."""
    (cookie,) = (one for one in answer.headers.get_list("set-cookie") if f"{name}=" in one)
    parts = [part.strip() for part in cookie.split(";")]
    return {key: value for key, _, value in (part.partition("=") for part in parts)}


def test_a_login_gives_a_new_cookie_that_nobody_else_can_read_or_set(guarded: Guarded) -> None:
    browser = guarded.browser()
    before = set_cookie(browser.get("/login"))
    answer = sign_in(browser, "wang")
    cookie = set_cookie(answer)

    assert cookie["__Host-liangqu-desk"] != before["__Host-liangqu-desk"]
    assert {"Secure", "HttpOnly"} <= cookie.keys()
    assert (cookie["SameSite"], cookie["Path"]) == ("lax", "/")
    assert not {"Domain", "expires", "Max-Age"} & cookie.keys()
    known = set_cookie(answer, "__Host-liangqu-device")
    assert {"Secure", "HttpOnly"} <= known.keys()
    assert (known["SameSite"], known["Path"], known["Max-Age"]) == ("lax", "/", "15552000")
    assert browser.get("/").status_code == 200


def test_without_tls_on_this_machine_the_cookie_is_sent_too(guarded: Guarded) -> None:
    browser = guarded.browser("http://127.0.0.1:9465")
    cookie = set_cookie(sign_in(browser, "wang"))

    assert "liangqu-desk" in cookie
    assert "Secure" not in cookie
    assert browser.get("/").status_code == 200


def test_nothing_of_a_token_or_password_is_stored(guarded: Guarded) -> None:
    browser = guarded.signed_in("wang")
    token = browser.cookies["__Host-liangqu-desk"]
    connection = guarded.desk.journal.connection()

    assert token not in "\n".join(connection.iterdump())
    assert PASSWORD not in "\n".join(connection.iterdump())
    assert PASSWORD not in guarded.users.read_text(encoding="utf-8")


WRONG = [
    pytest.param("wang", "x", id="a wrong password"),
    pytest.param("wang", "", id="none"),
    pytest.param("wang", PASSWORD.upper(), id="in capitals"),
    pytest.param("wang", f" {PASSWORD}", id="with a space"),
    pytest.param("nobody", PASSWORD, id="nobody's name"),
    pytest.param("", "", id="nothing"),
    pytest.param("new", "", id="who has not set one yet"),
    pytest.param("wang\0", PASSWORD, id="a control character"),
    pytest.param("x" * 5000, "y" * 5000, id="very long"),
]


@pytest.mark.parametrize(("name", "password"), WRONG)
def test_every_failure_is_told_alike(guarded: Guarded, name: str, password: str) -> None:
    user_changes.add_user(guarded.users, UserEntry("new", "新", ("admin",)))
    browser = guarded.browser()
    answer = sign_in(browser, name, password)

    assert answer.status_code == 422
    assert "用户名或密码不对" in answer.text
    assert "y" * 100 not in answer.text
    assert browser.get("/").status_code == 303


def test_after_five_failures_a_name_waits_known_or_not(guarded: Guarded) -> None:
    for name in ("wang", "nobody"):
        browser = guarded.browser()
        answers = [sign_in(browser, name, "x") for _ in range(5)] + [sign_in(browser, name, PASSWORD)]
        assert ["2 秒后再试" in answer.text for answer in answers] == [False] * 5 + [True]
    guarded.pass_time(timedelta(seconds=2))
    assert sign_in(guarded.browser(), "wang").status_code == 303


def test_the_owner_of_a_name_signs_in_while_others_guess_it(guarded: Guarded) -> None:
    """From the browser of before, and with a wrong password as often as anybody; not with another's token."""
    known, other = guarded.signed_in("li"), guarded.signed_in("sun")
    for browser in (known, other):
        browser.post("/account", data={"token": token_of(browser, "/account"), "do": "sign_out"})
    guesser = guarded.browser()
    while "秒后再试" not in sign_in(guesser, "li", "x").text:
        pass

    assert "秒后再试" in sign_in(other, "li").text
    assert sign_in(known, "li").status_code == 303
    known.post("/account", data={"token": token_of(known, "/account"), "do": "sign_out"})
    answers = [sign_in(known, "li", "x").text for _ in range(6)]
    assert ["2 秒后再试" in answer for answer in answers] == [False] * 5 + [True]


ENDINGS = [
    pytest.param(lambda g: g.pass_time(IDLE), id="unused for eight hours"),
    pytest.param(lambda g: user_changes.remove_user(g.users, "li"), id="the user removed"),
    pytest.param(lambda g: user_changes.set_roles(g.users, "li", ("review",)), id="other roles"),
    pytest.param(
        lambda g: user_changes.set_password(g.users, "li", CHEAP.hash(NEW)), id="a password by command"
    ),
    pytest.param(lambda g: leave(g, "sign_out_everywhere"), id="everywhere, from another browser"),
]


def leave(guarded: Guarded, do: str) -> None:
    browser = guarded.signed_in("li")
    browser.post("/account", data={"token": token_of(browser, "/account"), "do": do})


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_ends_a_session(guarded: Guarded, ending: Any) -> None:
    browser = guarded.signed_in("li")
    assert browser.get("/").status_code == 200
    ending(guarded)
    assert browser.get("/").status_code == 303


def test_a_session_that_is_used_ends_after_seven_days(guarded: Guarded) -> None:
    browser = guarded.signed_in("li")
    hours = 7
    for _ in range(AT_MOST // timedelta(hours=hours) - 1):
        guarded.pass_time(timedelta(hours=hours))
        assert browser.get("/").status_code == 200
    guarded.pass_time(timedelta(hours=hours))
    assert browser.get("/").status_code == 303


def test_a_session_that_was_left_cannot_be_replayed(guarded: Guarded) -> None:
    browser, thief = guarded.signed_in("li"), guarded.browser()
    stolen, form = browser.cookies["__Host-liangqu-desk"], token_of(browser, "/account")
    answer = browser.post("/account", data={"token": form, "do": "sign_out"})
    assert answer.headers["location"] == "/login?said=signed_out"
    assert answer.headers["clear-site-data"] == '"cache", "storage"'

    thief.cookies.set("__Host-liangqu-desk", stolen)
    assert thief.get("/").status_code == 303
    assert thief.post("/account", data={"token": form, "do": "sign_out"}).status_code == 401


def test_a_login_does_not_take_over_a_cookie_that_another_has_set(guarded: Guarded) -> None:
    browser = guarded.browser()
    browser.cookies.set("__Host-liangqu-desk", "chosen-by-another")
    sign_in(browser, "li")
    other = guarded.browser()
    other.cookies.set("__Host-liangqu-desk", "chosen-by-another")
    assert other.get("/").status_code == 303


def test_a_new_password_ends_all_other_sessions_and_renews_this_one(guarded: Guarded) -> None:
    browser, other = guarded.signed_in("li"), guarded.signed_in("li")
    before = browser.cookies["__Host-liangqu-desk"]
    form = {
        "token": token_of(browser, "/account"), "do": "password", "password_now": PASSWORD, "password": NEW,
        "password_again": NEW,
    }  # fmt: skip
    assert "两次输入" in browser.post("/account", data=form | {"password_again": "x"}).text
    assert "当前密码不对" in browser.post("/account", data=form | {"password_now": "x"}).text
    easy = dict.fromkeys(("password", "password_again"), "passwordpassword")
    assert "很快会被猜到" in browser.post("/account", data=form | easy).text
    answer = browser.post("/account", data=form)

    assert answer.status_code == 303
    assert browser.cookies["__Host-liangqu-desk"] != before
    assert browser.get("/").status_code == 200
    assert other.get("/").status_code == 303
    assert sign_in(guarded.browser(), "li").status_code == 422
    assert sign_in(guarded.browser(), "li", NEW).status_code == 303


def test_the_account_shows_where_one_is_signed_in(guarded: Guarded) -> None:
    guarded.signed_in("li", **{"user-agent": "Other/1"})
    page = guarded.signed_in("li", **{"user-agent": "<b>This</b>/2"}).get("/account").text
    assert "Other/1" in page
    assert "&lt;b&gt;This&lt;/b&gt;/2" in page
    assert page.count("（本浏览器）") == 1


@pytest.mark.parametrize(
    ("there", "to"),
    [
        ("/rules", "/rules"),
        ("/alerts?x=1", "/alerts?x=1"),
        ("//evil.test", "/"),
        ("/\\evil.test", "/"),
        ("https://evil.test", "/"),
        ("/\t/evil.test", "/"),
        ("javascript:alert(1)", "/"),
        ("", "/"),
    ],
)
def test_after_a_login_no_address_leads_elsewhere(guarded: Guarded, there: str, to: str) -> None:
    assert sign_in(guarded.browser(), "wang", there=there).headers["location"] == to


def test_whoever_is_not_signed_in_comes_back_to_the_page_after_it(guarded: Guarded) -> None:
    browser = guarded.browser()
    assert browser.get("/rules?x=1").headers["location"] == "/login?next=%2Frules%3Fx%3D1"


def test_the_first_administrator_is_made_by_a_link_that_goes_once(make: MakeDesk) -> None:
    guarded = make("")
    link = first_link(guarded.gate, "https://desk.test")
    assert link == first_link(guarded.gate, "https://desk.test/")
    browser = guarded.browser()
    assert "已过期" in browser.get("/invitation?token=x").text
    path = link.removeprefix("https://desk.test")
    form = {
        "token": token_of(browser, path), "name": "wang", "display_name": "王晓明", "password": NEW,
        "password_again": NEW,
    }  # fmt: skip
    assert "name" in browser.post(path, data=form | {"name": "w w"}).text
    assert browser.post("/invitation?token=x", data=form).status_code == 422
    assert browser.post(path, data=form).headers["location"] == "/"
    assert browser.get("/").status_code == 200
    assert guarded.gate.users.entry("wang").roles == ("admin",)  # type: ignore[union-attr]
    assert first_link(guarded.gate, "https://desk.test") == ""

    late = guarded.browser()
    form["token"] = token_of(late, "/login")
    assert late.post(path, data=form | {"name": "evil"}).status_code == 422


def test_who_is_invited_sets_a_password_once(guarded: Guarded) -> None:
    user_changes.add_user(guarded.users, UserEntry("new", "新来的", ("duty",)))
    token = user_changes.invite(guarded.users, "new", guarded.clock[0])
    browser, path = guarded.browser(), f"/invitation?token={token}"
    form = {"token": token_of(browser, path), "password": NEW, "password_again": NEW, "name": "wang"}

    assert "新来的" in browser.get(path).text
    other = re.search(r'href="(\?[^"]*lang=en)"', browser.get(path).text)
    assert other  # the link goes on in the other language
    assert (
        "新来的"
        in browser.get(browser.get(f"/invitation{other[1].replace('&amp;', '&')}").headers["location"]).text
    )
    browser.cookies.delete("__Host-language")
    assert browser.post(path, data=form).headers["location"] == "/"
    assert "新来的" in browser.get("/account").text
    assert sign_in(guarded.browser(), "new", NEW).status_code == 303
    assert "已过期" in guarded.browser().get(path).text


def test_logins_and_their_ends_stand_in_the_audit_list(guarded: Guarded) -> None:
    browser = guarded.signed_in("li")
    browser.post("/account", data={"token": token_of(browser, "/account"), "do": "sign_out"})

    rows = read_audit(guarded.desk.journal.connection())
    assert [(row.who, row.door, row.what) for row in rows] == [
        ("li", "desk", "logout"),
        ("li", "desk", "login"),
    ]


def test_a_file_of_users_that_cannot_be_used_lets_nobody_in(guarded: Guarded) -> None:
    browser = guarded.signed_in("wang")
    guarded.users.chmod(0o644)

    answer = browser.get("/")
    assert answer.status_code == 503
    assert "liangqu check" in answer.text
    assert str(guarded.users) not in answer.text
    guarded.users.chmod(0o600)
    assert browser.get("/").status_code == 200


class TestTrustedHeader:
    KEYS = 'trusted_header = "X-WEBAUTH-USER"\ntrusted_proxies = ["10.0.0.0/8"]'

    @pytest.fixture
    def proxied(self, make: MakeDesk) -> Guarded:
        made = make(self.KEYS)
        add_users(made)
        return made

    def get(self, guarded: Guarded, peer: str, *users: str) -> Response:
        headers = [("accept", "text/html"), *(("X-WEBAUTH-USER", user) for user in users)]
        client = TestClient(guarded.app, "https://desk.test", client=(peer, 1), follow_redirects=False)
        return client.get("/account", headers=headers)

    def test_the_proxy_names_the_user(self, proxied: Guarded) -> None:
        answer = self.get(proxied, "10.0.0.2", "LI")
        assert answer.status_code == 200
        assert "li芳" in answer.text
        assert "由代理服务器登录" in answer.text

    @pytest.mark.parametrize(
        ("peer", "users", "reason"),
        [
            pytest.param("192.0.2.7", ("li",), "header_untrusted", id="from elsewhere"),
            pytest.param(
                "127.0.0.1", ("wang",), "header_untrusted", id="from this machine, which is not named"
            ),
            pytest.param("10.0.0.2", ("nobody",), "header_unknown", id="nobody here"),
            pytest.param("10.0.0.2", ("",), "header_unknown", id="blank"),
            pytest.param("10.0.0.2", ("wang", "li"), "header_unknown", id="two"),
        ],
    )
    def test_a_header_that_is_not_to_be_trusted_is_refused_and_counted(
        self, proxied: Guarded, peer: str, users: tuple[str, ...], reason: str
    ) -> None:
        assert self.get(proxied, peer, *users).status_code == 403
        assert proxied.gate.counts == {reason: 1}

    def test_without_it_one_signs_in(self, proxied: Guarded) -> None:
        assert self.get(proxied, "10.0.0.2").status_code == 303


def test_a_header_that_no_setting_names_says_nothing(guarded: Guarded) -> None:
    assert guarded.browser(**{"X-WEBAUTH-USER": "wang"}).get("/").status_code == 303


def test_a_cookie_that_a_browser_would_drop_is_said_before(guarded: Guarded) -> None:
    assert "改用 https" in guarded.browser("http://192.0.2.1").get("/login").text
    assert "改用 https" not in guarded.browser().get("/login").text


def test_no_password_stands_in_a_page(guarded: Guarded) -> None:
    answer = sign_in(guarded.browser(), "wang", "a wrong one 17")
    assert not re.search(r"a wrong one 17", answer.text)
