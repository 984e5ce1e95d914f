"""Masks data loggers' passwords in refusals, logs and printed payloads."""

import re

MASK = "******"

# PW is HJ 212's; the others stand in what was never meant to be a frame, JSON too.
_PASSWORD = re.compile(
    r"""((?:PW|PWD|PASSWD|PASSWORD|密码)["']?\s*[=:：]\s*["']?)[^;,&"'\r\n}]+""",
    re.IGNORECASE,
)


def mask_passwords(text: str) -> str:
    """The text with asterisks in place of each password."""
    return _PASSWORD.sub(rf"\1{MASK}", text)
