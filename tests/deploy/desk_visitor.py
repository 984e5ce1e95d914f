"""A browser's part at the desk, by the standard library alone, so that a fresh Debian can run it.

    python3 desk_visitor.py LINK NAME PASSWORD STATION NOTE [NEW MONTH]

Sets the password by the link of an invitation, signs in with it from a browser without cookies, finds the
station on *Now*, ticks every open event and takes it with a note, and waits until the page says so. Then adds
the station NEW and makes the report of MONTH. What fails ends it with a line; the last line is the number of
events.
"""

import re
import sys
import time
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar

_TOKEN = re.compile(r'name="token" value="([^"]+)"')
_EVENT = re.compile(r'<input type="checkbox" name="event" value="([^"]+)"')
_WITHIN_S = 60


class Browser:
    """With cookies of its own; follows redirects as browsers do."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def get(self, path: str) -> str:
        """The page of a path."""
        return self._open(path, None)

    def send(self, page: str, *fields: tuple[str, str]) -> str:
        """A form of a page; what the answer leads to."""
        token = _TOKEN.search(self.get(page))
        if token is None:
            sys.exit(f"{page}: has no form")
        form = urllib.parse.urlencode([("token", token[1]), *fields])
        return self._open(page, form.encode())

    def _open(self, path: str, body: bytes | None) -> str:
        headers = {"Origin": self._address} if body else {}
        request = urllib.request.Request(self._address + path, body, headers)
        with self._opener.open(request, timeout=30) as answer:
            return str(answer.read().decode())


def take_events(browser: Browser, note: str) -> int:
    """Acknowledge all that are open; returns when the page shows the note."""
    until = time.monotonic() + _WITHIN_S
    while not (events := _EVENT.findall(browser.get("/alerts"))):
        if time.monotonic() > until:
            sys.exit("/alerts: there is no event")
        time.sleep(1)
    browser.send("/alerts", ("do", "ack"), ("note", note), *(("event", each) for each in events))
    while note not in browser.get(f"/alerts/{events[0]}"):
        if time.monotonic() > until:
            sys.exit("/alerts: the note is not there")
        time.sleep(1)
    return len(events)


def add_station(browser: Browser, new: str) -> None:
    """In the city, as an air station; it is on the list then."""
    row = {"id": new, "medium": "air", "name": "新站", "zone": "city", "cycle": "1h"}
    said = browser.send("/add-station", *row.items())
    if new not in browser.get("/stations"):
        sys.exit(f"/add-station: {said}")


def make_report(browser: Browser, month: str) -> None:
    """As the page's form does; returns when it can be downloaded."""
    browser.send("/reports", ("month", month), ("language", "zh"))
    until = time.monotonic() + 2 * _WITHIN_S
    while f"/reports/{month}" not in (said := browser.get("/reports")):
        if time.monotonic() > until or 'class="tag bad"' in said:
            sys.exit(f"/reports: {said}")
        time.sleep(1)


def main(link: str, name: str, password: str, station: str, note: str, *more: str) -> None:
    address, path = re.fullmatch(r"(https?://[^/]+)(/.*)", link).groups()  # type: ignore[union-attr]
    Browser(address).send(path, ("password", password), ("password_again", password))
    browser = Browser(address)
    browser.send("/login", ("name", name), ("password", password), ("next", "/"))
    for page in ("/", "/stations"):
        if station not in browser.get(page):
            sys.exit(f"{page}: has no {station}")
    taken = take_events(browser, note)
    for do, words in zip((add_station, make_report), more, strict=False):
        do(browser, words)
    print(taken)


if __name__ == "__main__":
    main(*sys.argv[1:])
