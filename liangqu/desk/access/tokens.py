"""Random tokens: whoever was given one proves it; we keep no more than its hash."""

import hmac
import secrets
from hashlib import sha256

_BYTES = 32


def new_token() -> str:
    """256 random bits as text for an address or a cookie."""
    return secrets.token_urlsafe(_BYTES)


def hash_of(token: str) -> str:
    """What is kept of it; of a random token a plain hash tells nothing."""
    return sha256(token.encode(errors="replace")).hexdigest()


def form_token(token: str) -> str:
    """What the forms of whoever has this cookie carry; the cookie does not follow from it."""
    return hmac.new(token.encode(errors="replace"), b"form", sha256).hexdigest()


def are_equal(one: str, other: str) -> bool:
    """Compared in the same time whatever they are."""
    return hmac.compare_digest(one.encode(errors="replace"), other.encode(errors="replace"))
