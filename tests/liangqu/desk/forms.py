"""What a browser would send: a form with the token of its page."""

import re
from typing import NamedTuple

from starlette.testclient import TestClient

_TOKEN = re.compile(r'name="token" value="([^"]+)"')


class Sent(NamedTuple):
    """The status of a form's answer, and where it leads or what it says."""

    status: int
    said: str


def token_of(page: str) -> str:
    """What the forms of this HTML carry; "" if it has none."""
    found = _TOKEN.search(page)
    return found[1] if found else ""


def send(client: TestClient, page: str, of: str = "", /, **fields: str | list[str]) -> Sent:
    """Send a form to a page, as its own page has it or that of another."""
    given = {"token": token_of(client.get(of or page).text), **fields}
    answer = client.post(page, data=given, follow_redirects=False)
    return Sent(answer.status_code, answer.headers.get("location", answer.text))
