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


def device_token(secret: str, name: str) -> str:
    """What a browser keeps from which somebody has signed in: it tells that of this name alone."""
    device = secrets.token_urlsafe(_BYTES)
    return f"{device}.{_device_signature(secret, name, device)}"


def known_device(secret: str, name: str, token: str) -> str:
    """The browser that was given this token when that name signed in; "" if it was not."""
    device, _, signature = token.partition(".")
    return device if device and are_equal(signature, _device_signature(secret, name, device)) else ""


def _device_signature(secret: str, name: str, device: str) -> str:
    text = f"device\0{name.casefold()}\0{device}"
    return hmac.new(secret.encode(), text.encode(errors="replace"), sha256).hexdigest()


def are_equal(one: str, other: str) -> bool:
    """Compared in the same time whatever they are."""
    return hmac.compare_digest(one.encode(errors="replace"), other.encode(errors="replace"))
