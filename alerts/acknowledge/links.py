"""Signed links to the page of an event: whoever has one may acknowledge, in the name that was signed.

The id is an event's, or an episode's. A link expires when its person's row is removed, and `HELD` after its
event or that event's last message.
"""

import hashlib
import hmac
import secrets
import sqlite3
from datetime import datetime, timedelta
from urllib.parse import urlencode

from ingest.http.address import parse_http_address
from sensors.model import Language

HELD = timedelta(days=30)
_SECRET = "alert_link_secret"  # noqa: S105 - the name of a row


class EpisodeLinks:
    """Makes and verifies signed links.

    Args:
        secret: Kept in the journal; made with it, or that of the settings.
        public_url: Where the service's HTTP is reached from outside; "" makes no links.
    """

    def __init__(self, secret: str, public_url: str) -> None:
        self._secret = secret.encode()
        self._public_url = _to_ascii_url(public_url).rstrip("/") if public_url else ""

    def link(self, id_: str, person: str, language: Language) -> str:
        """The page's address for a person; "" without a public address."""
        return f"{self._public_url}/alerts/{self.relative(id_, person, language)}" if self._public_url else ""

    def relative(self, id_: str, person: str, language: Language) -> str:
        """The same, relative to any other page."""
        return f"{id_}?{urlencode(self.fields(id_, person, language))}"

    def fields(self, id_: str, person: str, language: Language) -> dict[str, str]:
        """What a link carries, and a form sends back."""
        return {"by": person, "lang": language, "sig": self._sign(id_, person, language)}

    def verify(self, id_: str, person: str, language: Language, signature: str) -> bool:
        """Whether we signed this."""
        return hmac.compare_digest(self._sign(id_, person, language).encode(), signature.encode())

    def _sign(self, id_: str, person: str, language: Language) -> str:
        text = f"{id_}\0{person}\0{language}"
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()[:32]


def has_expired(ended: datetime | None, notified: datetime | None, now: datetime) -> bool:
    """Whether links to an event are no longer valid; after exactly `HELD` they still are.

    `notified` is when its last message was made.
    """
    return ended is not None and max(ended, notified or ended) + HELD < now


def _to_ascii_url(url: str) -> str:
    address = parse_http_address(url)
    return f"{address.scheme}://{address.authority}{address.target}"


def secret(connection: sqlite3.Connection, given: str = "") -> str:
    """The journal's secret, created by the first call; call it in a transaction.

    One that is `given` takes its place from now on: links that another machine made by it are ours too.
    """
    if given:
        connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_SECRET, given))
    connection.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (_SECRET, secrets.token_hex(32)))
    found = connection.execute("SELECT value FROM meta WHERE name = ?", (_SECRET,)).fetchone()
    return str(found[0])
