"""What giving items back would bring, in sentences."""

from collections.abc import Iterator

from ingest.processing.details import describe_detail
from liangqu.service.wording.reasons import describe_reason
from liangqu.tasks.messages.forecast import ReplayForecast
from liangqu.terminal.words import CommandWords
from sensors.model import Language


def describe_forecast(found: ReplayForecast, language: Language) -> Iterator[str]:
    """What would be accepted first, then a line for each reason of what would not."""
    words = CommandWords("quarantine", language)
    yield words("would_come_in", n=found.readings, items=found.items)
    for reason, n in found.refused.items():
        why = str(getattr(describe_reason(reason), language))
        line = words("would_be_refused", n=n, why=why, reason=reason)
        yield f"{line}{'：' if language == 'zh' else ': '}{describe_detail(found.details[reason], language)}"
    others = {
        "would_be_requests": found.requests,
        "would_be_missing": found.missing,
        "would_stay": found.cut,
        "untried": found.untried,
    }
    yield from (words(key, n=n) for key, n in others.items() if n)
