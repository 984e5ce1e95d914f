"""Signed links to an episode's page: who has one may acknowledge, in the name that was signed."""

import hashlib
import hmac
import secrets
import sqlite3
from urllib.parse import urlencode

_SECRET = "alert_link_secret"  # noqa: S105 - the name of a row


class Links:
    """Makes and checks them.

    Args:
        secret: Kept in the journal, made with it.
        public_url: Where the service's HTTP is reached from outside; "" makes no links.
    """

    def __init__(self, secret: str, public_url: str) -> None:
        self._secret = secret.encode()
        self._public_url = public_url.rstrip("/")

    def link(self, episode: str, person: str, language: str) -> str:
        """The address of the page for a person; "" without a public address."""
        if not self._public_url:
            return ""
        query = {"by": person, "lang": language, "sig": self._sign(episode, person, language)}
        return f"{self._public_url}/alerts/{episode}?{urlencode(query)}"

    def holds(self, episode: str, person: str, language: str, signature: str) -> bool:
        """Whether we signed this."""
        return hmac.compare_digest(self._sign(episode, person, language).encode(), signature.encode())

    def _sign(self, episode: str, person: str, language: str) -> str:
        text = f"{episode}\0{person}\0{language}"
        return hmac.new(self._secret, text.encode(), hashlib.sha256).hexdigest()[:32]


def secret(connection: sqlite3.Connection) -> str:
    """The journal's own secret, made at the first call; call it in a transaction."""
    connection.execute("INSERT OR IGNORE INTO meta VALUES (?, ?)", (_SECRET, secrets.token_hex(32)))
    found = connection.execute("SELECT value FROM meta WHERE name = ?", (_SECRET,)).fetchone()
    return str(found[0])
