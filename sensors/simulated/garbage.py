"""The garbage that broken loggers send, each kind as seen in the field."""

from collections.abc import Callable

_Spoil = Callable[[bytes], bytes]


def _in_time(body: bytes, time: bytes) -> bytes:
    head, _, rest = body.partition(b'"time":"')
    return head + b'"time":"' + time + rest[rest.index(b'"') :]


def _first_value(body: bytes, value: bytes) -> bytes:
    at = body.index(b":", body.index(b'"values":{') + 10) + 1
    end = min(i for i in (body.find(b",", at), body.find(b"}", at)) if i > 0)
    return body[:at] + value + body[end:]


SPOILED: tuple[tuple[str, _Spoil], ...] = (
    ("cut off in the middle", lambda body: body[: len(body) // 2]),
    ("text where a number belongs", lambda body: _first_value(body, b'"----"')),
    ("no UTF-8", lambda body: b"\xff\xfe" + body),
    ("not a number", lambda body: _first_value(body, b"NaN")),
    ("time without a zone", lambda body: _in_time(body, b"2026-01-01T08:00:00")),
    ("the clock's battery is empty", lambda body: _in_time(body, b"1970-01-01T08:00:00+08:00")),
    ("a clock years ahead", lambda body: _in_time(body, b"2100-01-01T08:00:00+08:00")),
    ("a parameter nobody knows", lambda body: body.replace(b'"values":{', b'"values":{"xyz":1.5,', 1)),
    ("a flag nobody knows", lambda body: body[:-1] + b',"flags":{"pm25":"Z"}}'),
    ("no values", lambda body: body[: body.index(b'"values"')] + b'"state":"ok"}'),
    ("an empty message", lambda _: b""),
)
"""The name of each kind, and how it is made from a good payload."""


def spoil(body: bytes, number: int) -> bytes:
    """Spoil a payload, one kind after the other."""
    return SPOILED[number % len(SPOILED)][1](body)
