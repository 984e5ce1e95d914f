"""A station: its row and how it is heard; switched off and on, renamed, removed, given a password."""

from liangqu.config.errors import ProblemError
from liangqu.desk.page import Answer, Done, NotDone, Outcome, Page, SentForm, Visit
from liangqu.desk.pages.stations import answer_lines, refusal, shown_station, station_words, take_in
from liangqu.tasks.stations.changes import (
    StationChange,
    remove_station,
    rename_station,
    rotate_password,
    set_contact,
    switch_station,
)


def show(visit: Visit) -> Answer:
    """Its facts, and the forms; what is left of one that has only an account."""
    id_ = visit.path["station"]
    settings = visit.desk.files.settings
    return {
        "id": id_,
        "one": shown_station(visit, id_),
        "has_accounts": bool(settings.stations.passwords),
        "result": None,
        "lines": (),
        **station_words(visit),
    }


def act(visit: Visit, form: SentForm) -> Outcome:
    """Do what `liangqu station` does of the same name."""
    settings, id_ = visit.desk.files.settings, visit.path["station"]
    try:
        match form["do"]:
            case "off" | "on":
                change = switch_station(settings, id_, active=form["do"] == "on")
                return _done(visit, "on" if form["do"] == "on" else "off", change)
            case "contact":
                return _done(visit, "contact", set_contact(settings, id_, contact=form["contact"]))
            case "rename":
                return _done(visit, "renamed", rename_station(settings, id_, form["new"]))
            case "rotate":
                return _done(visit, "rotated", rotate_password(settings, id_))
            case "remove":
                return _remove(visit, form)
    except ProblemError as error:
        return refusal(visit, error, {"rename": "new", "contact": "contact"}.get(form["do"], ""))
    return NotDone(visit.words("bad_request", why=form["do"]))


def _remove(visit: Visit, form: SentForm) -> Outcome:
    id_ = visit.path["station"]
    if form["typed_id"] != id_:
        return NotDone(visit.words("type_its_id", id=id_), "typed_id")
    change = remove_station(visit.desk.files.settings, id_)
    return _done(visit, "removed" if change.file else "closed", change)


def _done(visit: Visit, what: str, change: StationChange) -> Outcome:
    """The answer; without a new password it may be asked for again, so a page of its own follows."""
    answer = take_in(visit, change)
    lines = answer_lines(visit, what, change, answer)
    if change.password or what in {"removed", "closed", "renamed"} or (answer and answer.problems):
        return {"id": change.site, "result": change, "lines": lines, "one": shown_station(visit, change.site)}
    return Done(f"{what}_taken" if answer else f"{what}_not_running", f"/stations/{change.site}")


PAGES = (
    Page(
        path="/stations/{station}",
        name="station",
        show=show,
        act=act,
        change="admin",
        in_menu=False,
    ),
)
