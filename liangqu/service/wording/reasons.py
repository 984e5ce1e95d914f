"""Why items are refused, in few words; the table is reasons.toml."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec

from sensors.model import Name


@cache
def reason_words() -> Mapping[str, Name]:
    """What each reason means."""
    raw = Path(__file__).with_name("reasons.toml").read_bytes()
    return msgspec.toml.decode(raw, type=dict[str, Name], strict=True)


def describe_reason(reason: str) -> Name:
    """What a reason means; one of another build as it is."""
    return reason_words().get(reason, Name(reason, reason))
