"""A hint as other programs read it: what, where, when, its evidence, and the sentence."""

from datetime import datetime
from typing import Any

from msgspec.structs import asdict

from dashboards.review.hints.hint import Hint
from dashboards.review.words import HintWords
from sensors.calendar import SHANGHAI


def to_document(hint: Hint, words: HintWords) -> dict[str, Any]:
    """All of it; times are Shanghai's with offset, and `to` is exclusive."""
    return {
        "kind": hint.kind,
        "site": hint.site,
        "parameter": hint.parameter,
        "from": _iso(hint.start),
        "to": _iso(hint.end),
        "intervals": [
            {"from": _iso(one.start), "to": _iso(one.end), "parameter": one.parameter}
            for one in hint.intervals
        ],
        "evidence": {
            name: _iso(value) if isinstance(value, datetime) else value
            for name, value in asdict(hint.reason).items()
        },
        "text": words.reason(hint),
    }


def _iso(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).isoformat(timespec="seconds")
