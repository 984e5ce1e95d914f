"""Everything that the desk lets people do, by hand in a real browser: Chinese on a phone, English on a wall.

In CI the former alone, both in `./do prove`. Each act is believed when a command, or the page that follows,
says that it was done.
"""

import json
import time
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from liangqu.desk.words import PageWords
from sensors.model import Language
from tests.end_to_end.desk.conftest import PASSWORD, ServedDesk, elsewhere, sign_in
from tests.support.browser import Phone
from tests.support.scale import FULL
from tests.support.servers import PATIENCE

NEW_PASSWORD = "sechs lampen stehen am ufer"
WIDTHS: dict[Language, int] = {"zh": 390, "en": 1920}
SITES = {"zh": "wujinku", "en": "beibengfang"}
PLACES = {"zh": "chongli-qingshaonian", "en": "renmin-gongyuan"}
MONTH = "2026-10"


class Hand:
    """Somebody at a browser, signed in, reading one language."""

    def __init__(self, browser: Phone, desk: ServedDesk, language: Language, folder: Path) -> None:
        self.browser, self.desk, self.language, self.folder = browser, desk, language, folder
        self.elsewhere: list[str] = []

    def open(self, path: str) -> None:
        self.browser.visit(f"{self.desk.address}{path}")

    def sees(self, page: str, key: str, **values: object) -> None:
        """Wait until the page says a sentence of its words."""
        self.reads(PageWords(page, self.language)(key, **values))

    def reads(self, words: str) -> None:
        self.until(lambda: words in self.browser.text(), f"{words} in:\n{self.browser.text()[:1500]}")
        self.elsewhere += elsewhere(self.browser, self.desk)
        assert self.browser.overflow() <= 0, words

    def asked(self, *command: str) -> Any:
        return json.loads(self.desk.service.command(*command, "--json"))

    def until(self, is_so: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + 2 * PATIENCE
        while not is_so():
            assert time.monotonic() < end, what
            time.sleep(0.05)


@pytest.fixture(params=[*WIDTHS] if FULL else ["zh"], scope="module")
def hand(
    request: pytest.FixtureRequest, passworded: ServedDesk, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Hand]:
    language: Language = request.param
    folder = tmp_path_factory.mktemp(f"hand-{language}")
    with Phone(folder / "profile", WIDTHS[language]) as browser:
        sign_in(browser, passworded)
        browser.visit(f"{passworded.address}/?lang={language}")
        made = Hand(browser, passworded, language, folder)
        yield made
        assert made.elsewhere == []


def is_event(hand: Hand) -> bool:
    place = PLACES[hand.language]
    return any(place in one["stations"] for one in hand.asked("alerts", "list"))


def alerts(hand: Hand) -> None:
    """Silence a place and end it; take an event over with a note; silence it and end that."""
    browser = hand.browser
    hand.until(lambda: is_event(hand), "an event")
    hand.open("/alerts")
    browser.put("select[name=site]", PLACES[hand.language])
    browser.fill("section input[name=reason]", "检修 repairs")
    browser.press("button[value=silence]")
    hand.sees("common", "submitted")
    hand.until(lambda: is_read(hand, "/alerts", "检修 repairs"), "silenced")
    browser.press(".silence button")
    hand.sees("common", "submitted")
    hand.until(lambda: browser_is_without(hand, "/alerts", ".silence"), "no longer silenced")

    browser.tab_to("input[name=event]")
    browser.type(" ")
    browser.tab_to("input[name=note]")
    browser.type("路上 on my way")
    browser.tab_to("button[value=ack]")
    browser.press_key("button[value=ack]", "Enter")
    hand.sees("common", "submitted")
    hand.until(lambda: is_read(hand, "/alerts", "路上 on my way"), "taken over")

    browser.press("ul.events a")
    browser.fill("input[name=reason]", "已知 known")
    browser.press("button[name=silence]")
    hand.sees("common", "submitted")
    address = browser.run("return location.pathname")
    hand.until(lambda: not browser_is_without(hand, address, "button[name=unsilence]"), "the event silenced")
    browser.press("button[name=unsilence]")
    hand.until(lambda: browser_is_without(hand, address, "button[name=unsilence]"), "its silence ended")


def is_read(hand: Hand, path: str, words: str) -> bool:
    hand.open(path)
    return words in hand.browser.text()


def browser_is_without(hand: Hand, path: str, selector: str) -> bool:
    hand.open(path)
    return hand.browser.count(selector) == 0


def stations(hand: Hand) -> None:
    """Add one from an unknown sender, give it a contact and a password, switch it off and on, remove it."""
    browser, id_ = hand.browser, f"station-{hand.language}"
    hand.until(lambda: not browser_is_without(hand, "/stations", f"a[href*='sender={id_}']"), "a sender")
    browser.press(f"a.button[href*='sender={id_}']")
    browser.fill("input[name=name]", f"新站 {id_}")
    browser.put("select[name=zone]", "city")
    browser.fill("input[name=cycle]", "5m")
    browser.fill("input[name=lon]", "114.9")
    browser.fill("input[name=lat]", "40.8")
    browser.press("input[name=bring_in]")  # what was kept is given back from the quarantine below
    browser.press("form.adding button")
    hand.sees("add_station", "done")
    assert browser.count("dl.secret code") == 2
    hand.open(f"/stations/{id_}")
    assert browser.count("dl.secret") == 0
    browser.fill("input[name=contact]", "李芳 13800000000")
    browser.press("section[aria-labelledby=contact] button")
    hand.sees("station", "contact_taken")
    hand.reads("李芳 13800000000")
    browser.press("button[value=off]")
    hand.sees("station", "off_taken")
    browser.press("button[value=on]")
    hand.sees("station", "on_taken")
    browser.press("button[value=rotate]")
    browser.agree()
    hand.sees("station", "new_password")


def quarantine(hand: Hand) -> None:
    """See what giving back would bring, give it back; drop what nothing reads."""
    browser, id_ = hand.browser, f"station-{hand.language}"
    hand.open(f"/quarantine?reason=unknown_site&site={id_}")
    browser.press("input[name=item]")
    browser.press("button[value=foresee]")
    hand.sees("quarantine", "forecast")
    browser.press("button[value=replay]")
    hand.sees("quarantine", "given_back", n=1)
    hand.until(lambda: not browser_is_without(hand, f"/stations/{id_}", ".tag.good"), "heard")

    hand.open("/quarantine?site=yanchang")
    browser.press("input[name=item]")
    browser.press("button[value=drop]")
    browser.agree()
    hand.sees("common", "needs_reason")
    browser.fill("input[name=why]", "试验 a trial")
    browser.press("button[value=drop]")
    browser.agree()
    hand.sees("quarantine", "was_dropped", n=1)


def review(hand: Hand) -> None:
    """Mark by dragging where there is a mouse, else by typing; take it back; a day and a month in steps."""
    browser, path = hand.browser, f"/review/{SITES[hand.language]}/{MONTH}"
    hand.open(f"/review?month={MONTH}")
    browser.press(f"a[href='{path}']")
    if hand.language == "en":
        hand.until(lambda: browser.count("#chart .nsewdrag") > 0, "the curve")
        hand.until(lambda: dragged(browser), "an interval chosen by dragging")
    else:
        browser.put("#mark-from", "2026-10-02T02:00")
        browser.put("#mark-to", "2026-10-02T05:00")
    browser.fill("form.card input[name=reason]", "现场查明 found on site")
    browser.press_key("form.card input[name=reason]", "Enter")
    hand.sees("site_month", "marked")
    marks = [one for one in hand.asked("marks") if one["site"] == SITES[hand.language]]
    assert [(one["as"], one["by"]) for one in marks] == [("invalid", "王晓明")]
    browser.fill("form.row:not(.card) input[name=reason]", "记错 mistaken")
    browser.press("form.row:not(.card) input[name=reason] ~ button, form:has(input[value=unmark]) button")
    hand.sees("site_month", "unmarked")

    for period, steps in (("2026-10-01", ("submit", "return")), (MONTH, ("submit", "approve"))):
        for step in steps:
            browser.put("select[name=period]", period)
            browser.fill("form:has(select[name=period]) input[name=reason]", "核对 checked")
            browser.press(f"button[value={step}]")
            said = {"submit": "submitted", "return": "returned", "approve": "approved"}[step]
            hand.sees("site_month", f"{said}_done")


def dragged(browser: Phone) -> bool:
    """Whether the form of the mark has what was dragged across; the curve listens once it is drawn."""
    browser.drag_across("#chart .nsewdrag", 0.2, 0.4)
    return bool(browser.run("return document.getElementById('mark-to').value"))


def reports(hand: Hand) -> None:
    """Make one, edit its text, submit, approve, save a file."""
    browser = hand.browser
    hand.open("/reports")
    browser.put("input[name=month]", MONTH)
    if not browser.run(f"return document.querySelector('input[value={hand.language}]').checked"):
        browser.press(f"input[name=language][value={hand.language}]")
    browser.press("section button")
    hand.sees("reports", "making")
    hand.until(lambda: browser_is_without(hand, "/reports", "#live .tag.warn"), "the report is made")
    assert browser.count(".tag.bad") == 0, browser.text()
    browser.press(f"table a[href$='/{hand.language}']")
    browser.run("document.querySelector('textarea').value = '人工写的一段 written by hand'")
    browser.press("form:has(textarea) button")
    hand.sees("report", "text_saved")
    for step, said in (("submit", "submitted_done"), ("approve", "approved_done")):
        browser.press(f"button[value={step}]")
        hand.sees("report", said)
    browser.press("a[href$='.csv']")
    hand.until(lambda: bool([*hand.browser.downloads.glob(f"{MONTH}-*.csv")]), "a file of the report")


def duty(hand: Hand) -> None:
    """Swap a day, set quiet hours, send a test and see what becomes of it."""
    browser = hand.browser
    day = date.today() + timedelta(days=2 if hand.language == "zh" else 3)  # noqa: DTZ011 - any day to come
    hand.open("/duty")
    browser.put("input[name=first]", day.isoformat())
    browser.put("select[name=person]", "li")
    browser.press("form:has(input[name=first]) button")
    hand.sees("duty", "assigned")
    browser.put("input[name=start]", "22:30")
    browser.put("input[name=end]", "06:00")
    browser.press("form:has(input[name=start]) button")
    hand.sees("duty", "quiet_set")
    if hand.language == "en":  # a second one within a minute is refused
        return
    browser.press("form:has(input[value=test]) button")
    hand.sees("duty", "test_sent")
    hand.sees("duty", "verdicts")
    browser.press("form:has(input[value=test]) button")
    hand.reads("秒后再试")


def importing(hand: Hand) -> None:
    """Look at a file, take it in."""
    browser, file = hand.browser, hand.folder / f"november-{hand.language}.csv"
    hour = 1 if hand.language == "zh" else 2
    file.write_text(f"site,time,pm25\nyanchang,2026-11-01T0{hour}:00:00+08:00,31\n", encoding="utf-8")
    hand.open("/import")
    browser.fill("input[type=file]", str(file))
    browser.press("form:has(input[type=file]) button")
    hand.sees("import", "readings", n=1)
    browser.press("form:has(input[name=upload]) button")
    hand.sees("import", "taking")
    hand.until(lambda: browser_is_without(hand, "/import", "#live .tag.warn"), "taken in")
    assert browser.count(".tag.bad") == 0, browser.text()


def exporting(hand: Hand) -> None:
    """Save a month as CSV and as a workbook."""
    for form in ("csv", "xlsx"):
        hand.open("/export")
        hand.browser.put("select[name=site]", SITES[hand.language])
        hand.browser.put("input[name=from]", "2026-10-01")
        hand.browser.put("input[name=to]", "2026-10-31")
        hand.browser.put("select[name=format]", form)
        hand.browser.press("main form button")
        name = f"{SITES[hand.language]}-readings-2026-10-01-2026-10-31.{form}"
        hand.until((hand.browser.downloads / name).exists, name)


def settings_and_audit(hand: Hand) -> None:
    """Ask whether everything answers; see what was done above, and save it."""
    hand.open("/settings")
    hand.browser.press("section form button")
    hand.sees("settings", "connections")
    hand.open("/audit?who=wang")
    hand.sees("audit", "what_station_add")
    hand.browser.press("a[href^='/audit.csv']")
    hand.until(lambda: bool([*hand.browser.downloads.glob("audit-*.csv")]), "the list as CSV")


def account(hand: Hand) -> None:
    """A new password, and back; other roles end the session; sign out by keyboard."""
    browser, service = hand.browser, hand.desk.service
    for before, after in ((PASSWORD, NEW_PASSWORD), (NEW_PASSWORD, PASSWORD)):
        hand.open("/account")
        browser.fill("input[name=password_now]", before)
        browser.fill("input[name=password]", after)
        browser.fill("input[name=password_again]", after)
        browser.press("button[value=password]")
        hand.sees("account", "password_changed")
    service.command("desk", "user", "roles", "wang", f"admin,{'duty' if hand.language == 'zh' else 'review'}")
    hand.open("/")
    assert browser.count("input[name=password]") == 1
    sign_in(browser, hand.desk)
    browser.tab_to("button[value=sign_out]")
    browser.press_key("button[value=sign_out]", "Enter")
    hand.sees("login", "signed_out")


ACTS = (
    alerts, stations, quarantine, review, reports, duty, importing, exporting, settings_and_audit, account,
)  # fmt: skip


@pytest.mark.server
@pytest.mark.heavy
@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.__name__)
def test_by_hand(hand: Hand, act: Callable[[Hand], None]) -> None:
    act(hand)
