"""Passwords: which are taken, and their hashes; argon2id as RFC 9106 recommends where memory is shared."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from argon2 import PasswordHasher, Type, extract_parameters
from argon2.exceptions import Argon2Error, InvalidHashError

LEAST_LENGTH = 12
LONGEST = 128
_WELL_GUESSED = 3
"""Of zxcvbn's 0 to 4: from here on 10⁸ guesses and more; whatever is in a list of common ones has 0."""
_READ_BY_ZXCVBN = 72

AT_ONCE = 2
"""Hashes at the same time: each takes 64 MiB and some 50 ms of four threads."""
MOST_WAITING = 16

_HASHER = PasswordHasher()
_turns = threading.BoundedSemaphore(AT_ONCE)
_queue = threading.BoundedSemaphore(AT_ONCE + MOST_WAITING)


class CrowdedError(Exception):
    """So many passwords are being verified that this one has to come again."""


def why_refused(password: str, *personal: str) -> str:
    """The key of the sentence that says why a new password is not taken; "" if it is.

    Only its length and how soon it would be guessed count, no mixture of signs (NIST SP 800-63B, 3.1.1.2).

    Args:
        password: As it was typed.
        personal: What others would try first: the name, the product.
    """
    from zxcvbn import zxcvbn  # noqa: PLC0415 - its lists take 0.2 s, and only a new password needs them

    if len(password) < LEAST_LENGTH:
        return "too_short"
    if len(password) > LONGEST or not _is_text(password):
        return "too_long"
    found = zxcvbn(password[:_READ_BY_ZXCVBN], [word for word in personal if word])
    return "too_easy" if found["score"] < _WELL_GUESSED else ""


def to_hash(password: str) -> str:
    """What is stored of a password.

    Raises:
        CrowdedError: too many wait.
    """
    with _turn():
        return _HASHER.hash(password)


def is_password(stored: str, password: str) -> bool:
    """Whether it is the one; "" stored is nobody's, and takes as long.

    Raises:
        CrowdedError: too many wait.
    """
    if len(password) > LONGEST or not _is_text(password):
        password = ""
    with _turn():
        try:
            return _HASHER.verify(stored or _nobodys(), password) and bool(stored)
        except (Argon2Error, InvalidHashError):
            return False


def is_hash(text: str) -> bool:
    """Whether it is an argon2id hash."""
    try:
        return extract_parameters(text).type is Type.ID
    except InvalidHashError:
        return False


@cache
def _nobodys() -> str:
    """Verified for a name that nobody has, so that it takes as long."""
    return _HASHER.hash("of nobody")


def _is_text(password: str) -> bool:
    try:
        password.encode()
    except UnicodeEncodeError:  # half of a pair, which no form sends
        return False
    return True


@contextmanager
def _turn() -> Iterator[None]:
    if not _queue.acquire(blocking=False):
        raise CrowdedError
    try:
        with _turns:
            yield
    finally:
        _queue.release()
