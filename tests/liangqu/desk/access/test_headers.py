"""What every answer of the desk says to the browser besides its page."""

import re

from liangqu.desk.serving import HEADERS, POLICY, SECURE
from tests.liangqu.desk.access.conftest import Guarded
from tests.liangqu.desk.access.test_login import set_cookie


def test_nothing_of_elsewhere_runs_and_nothing_is_framed_elsewhere() -> None:
    directives = dict(part.strip().split(" ", 1) for part in POLICY.split(";"))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == directives["style-src"] == directives["form-action"] == "'self'"
    assert directives["base-uri"] == directives["frame-ancestors"] == "'none'"
    assert "unsafe" not in POLICY
    assert HEADERS["X-Content-Type-Options"] == "nosniff"
    assert HEADERS["Cache-Control"] == "no-store"
    assert not [name for name in HEADERS if name.startswith("Access-Control")]


def test_browsers_stay_with_https_for_a_year() -> None:
    found = re.fullmatch(r"max-age=(\d+)", SECURE["Strict-Transport-Security"])
    assert found
    assert int(found[1]) >= 365 * 86_400


def test_the_cookie_of_the_language_is_as_strict_as_that_of_the_session(guarded: Guarded) -> None:
    cookie = set_cookie(guarded.browser().get("/login?lang=en"), "language")
    assert cookie["__Host-language"] == "en"
    assert {"Secure", "HttpOnly"} <= cookie.keys()
    assert cookie["SameSite"] == "lax"


def test_each_answer_names_its_type_and_signs(guarded: Guarded) -> None:
    for path in ("/login", "/healthz"):
        assert guarded.browser().get(path).headers["content-type"].endswith("charset=utf-8")
