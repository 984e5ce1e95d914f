"""What a browser would send: a form with the token of its page."""

import re
from typing import NamedTuple

from starlette.testclient import TestClient

_TOKEN = re.compile(r'name="token" value="([^"]+)"')


class Sent(NamedTuple):
    """The status of a form's answer, and where it leads or what it says."""

    status: int
    said: str


def send(client: TestClient, page: str, **fields: str | list[str]) -> Sent:
    """Send a form of this page."""
    found = _TOKEN.search(client.get(page).text)
    given = {"token": found[1] if found else "", **fields}
    answer = client.post(page, data=given, follow_redirects=False)
    return Sent(answer.status_code, answer.headers.get("location", answer.text))
