"""Signing in and out, setting a password by a link, and one's own account."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from starlette.requests import Request

from liangqu.config.errors import ProblemError
from liangqu.desk.access.cookies import read_cookie
from liangqu.desk.access.invitations import Invitation
from liangqu.desk.access.login_gate import LoginGate, NotSignedIn
from liangqu.desk.access.passwords import LEAST_LENGTH, LONGEST, CrowdedError, to_hash, why_refused
from liangqu.desk.access.peer import is_by_tls, is_plain_loopback
from liangqu.desk.access.tokens import hash_of
from liangqu.desk.access.user_changes import InvitationError, set_password
from liangqu.desk.answers import is_own_path
from liangqu.desk.page import Answer, Done, NotDone, Outcome, Page, SentForm, Visit

_PRODUCT = "liangqu"


def login_pages(gate: LoginGate) -> Sequence[Page]:
    """The pages of a gate with logins."""
    return (
        Page(
            path="/login", name="login", show=partial(_show_login, gate), act=partial(_sign_in, gate),
            in_menu=False, is_open=True,
        ),
        Page(
            path="/invitation", name="invitation", show=partial(_show_invitation, gate),
            act=partial(_accept, gate), in_menu=False, is_open=True,
        ),
        Page(
            path="/account", name="account", show=partial(_show_account, gate),
            act=partial(_change_account, gate), change="look", in_menu=False,
        ),
    )  # fmt: skip


def _show_login(_gate: LoginGate, visit: Visit) -> Answer:
    there, request = visit.query.get("next", ""), _request(visit)
    is_kept = is_by_tls(request) or is_plain_loopback(request)
    return {"next": there if is_own_path(there) else "/", "is_kept": is_kept}


def _sign_in(gate: LoginGate, visit: Visit, form: SentForm) -> Outcome:
    failed = gate.sign_in(_request(visit), form["name"], form["password"])
    if failed is not None:
        return _not_signed_in(failed, visit)
    there = form["next"]
    return Done("", to=there if is_own_path(there) else "/")


def _not_signed_in(failed: NotSignedIn, visit: Visit) -> NotDone:
    seconds = -(-failed.wait.total_seconds() // 1)
    return NotDone(visit.words(failed.why, seconds=int(seconds)), field="password")


def _show_invitation(gate: LoginGate, visit: Visit) -> Answer:
    token = visit.query.get("token", "")
    found = gate.invitations.of(token, visit.now)
    return {"invited": found, "is_first": found == Invitation(None), "link": token, **_limits()}


def _accept(gate: LoginGate, visit: Visit, form: SentForm) -> Outcome:
    token, password = visit.query.get("token", ""), form["password"]
    found = gate.invitations.of(token, visit.now)
    if found is None:
        return NotDone(visit.words("no_link"))
    name = found.user.id if found.user else form["name"]
    shown = found.user.name if found.user else form["display_name"] or name
    if wrong := _why_not(visit, form, name, shown):
        return wrong
    try:
        if found.user:
            entry = gate.invitations.accept(token, password, visit.now)
        else:
            entry = gate.invitations.make_first(token, name, shown, password)
    except InvitationError:
        return NotDone(visit.words("no_link"))
    except CrowdedError:
        return NotDone(visit.words("busy"), field="password")
    except ProblemError as error:
        said = visit.problem(error)
        return NotDone(visit.words("not_taken", why=said), field="name")
    gate.begin_session(_request(visit), entry, "password_set")
    return Done("", to="/")


def _show_account(gate: LoginGate, visit: Visit) -> Answer:
    own = hash_of(read_cookie(_request(visit)))
    found = gate.sessions_of(visit.user)
    return {
        "sessions": [(each, each.token_sha256 == own) for each in found],
        "has_session": any(each.token_sha256 == own for each in found),
        **_limits(),
    }


def _change_account(gate: LoginGate, visit: Visit, form: SentForm) -> Outcome:
    request = _request(visit)
    if visit.user.only_event:
        return NotDone(visit.words("forged"))
    match form["do"]:
        case "sign_out":
            gate.sign_out(request, visit.user)
        case "sign_out_everywhere":
            gate.sign_out(request, visit.user, everywhere=True)
        case "password":
            return _change_password(gate, visit, form)
        case _:
            return NotDone(visit.words("bad_request", why="do"))
    return Done("signed_out", to="/login")


def _change_password(gate: LoginGate, visit: Visit, form: SentForm) -> Outcome:
    known = gate.verify(_request(visit), visit.user.id, form["password_now"])
    if isinstance(known, NotSignedIn):
        return _not_signed_in(known, visit)
    if wrong := _why_not(visit, form, visit.user.id, visit.user.name):
        return wrong
    try:
        entry = set_password(gate.users.path, visit.user.id, to_hash(form["password"]))
    except CrowdedError:
        return NotDone(visit.words("busy"), field="password")
    gate.begin_session(_request(visit), entry, "password_changed")
    return Done("password_changed")


def _why_not(visit: Visit, form: SentForm, *personal: str) -> NotDone | None:
    """Why a new password is not taken."""
    password = form["password"]
    if password != form["password_again"]:
        return NotDone(visit.words("not_alike"), field="password_again")
    if why := why_refused(password, *personal, _PRODUCT):
        return NotDone(visit.words(why, n=LEAST_LENGTH, most=LONGEST), field="password")
    return None


def _limits() -> dict[str, Any]:
    return {"least": LEAST_LENGTH, "most": LONGEST}


def _request(visit: Visit) -> Request:
    if visit.request is None:
        raise ValueError("a page of the gate needs the request itself")
    return visit.request
