"""The broker's accounts: mosquitto's file of passwords, a line `user:hash` each."""

import hashlib
import secrets
from base64 import b64encode
from collections.abc import Mapping

ITERATIONS = 101
"""As mosquitto_passwd 2.0: the passwords are 128 random bits, and more would only cost the broker time."""
SALT_BYTES = 12
PARTS = frozenset({"liangqu", "gateway", "simulate", "duty"})
"""Accounts of parts of liangqu, of which no station has one."""


def new_password() -> str:
    """32 random characters."""
    return secrets.token_hex(16)


def to_hash(password: str, salt: bytes) -> str:
    """As mosquitto writes it: PBKDF2 with SHA-512, `$7$iterations$salt$hash`."""
    derived = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS)
    return f"$7${ITERATIONS}${b64encode(salt).decode()}${b64encode(derived).decode()}"


def new_hash(password: str) -> str:
    """With a salt of its own."""
    return to_hash(password, secrets.token_bytes(SALT_BYTES))


def parse_accounts(text: str) -> dict[str, str]:
    """Hash by user, in the file's order.

    Raises:
        ValueError: a line is no account; it says which, and not what stands there.
    """
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        user, colon, hashed = line.partition(":")
        if line.strip() and not (user and colon and hashed):
            raise ValueError(f"line {number}: is not user:hash, as mosquitto_passwd writes it")
        if line.strip():
            found[user] = hashed
    return found


def to_text(accounts: Mapping[str, str]) -> str:
    """The file of these accounts."""
    return "".join(f"{user}:{hashed}\n" for user, hashed in accounts.items())
