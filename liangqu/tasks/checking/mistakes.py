"""Everything that is wrong with the settings and the files they name: found at once, without a network."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TypeVar

from msgspec import Struct

from alerts.notify.config import NotifyConfig
from alerts.rules.index import RuleIndex
from liangqu.config.errors import ProblemError
from liangqu.config.factories import open_catalogue, open_notify, open_rules, open_store
from liangqu.config.settings import SettingsRead
from liangqu.tasks.checking.files import (
    not_there_yet,
    readable_by_others,
    unreadable_secrets,
    unusable_databases,
)
from liangqu.tasks.checking.people import unreachable_people, untried, unusable_channels
from liangqu.tasks.checking.without_effect import idle_rules, unfit_bases
from sensors.catalogue.model import Catalogue

_Opened = TypeVar("_Opened")


class Findings(Struct, frozen=True):
    """What was read, None where it could not be; its mistakes, and what may be right and is worth a look."""

    catalogue: Catalogue | None
    rules: RuleIndex | None
    notify: NotifyConfig | None
    mistakes: tuple[str, ...]
    doubts: tuple[str, ...]


def find_mistakes(found: SettingsRead, today: date) -> Findings:
    """Look at all of it; what depends on a part that cannot be read is left out."""
    settings, mistakes = found.settings, [*found.problems]
    catalogue = _attempt(lambda: open_catalogue(settings), mistakes)
    rules = _attempt(lambda: open_rules(settings, catalogue), mistakes) if catalogue is not None else None
    notify = _attempt(lambda: open_notify(settings), mistakes)
    secrets = [*unreadable_secrets(settings)]
    mistakes += secrets
    if not secrets:
        _attempt(lambda: open_store(settings).close(), mistakes)
    doubts: list[str] = []
    if notify is not None:
        unusable = [*unusable_channels(notify)]
        mistakes += [*unusable, *unreachable_people(settings, notify, catalogue)]
        doubts += untried(notify, today) if not unusable else []
    mistakes += [*unusable_databases(settings), *readable_by_others(settings)]
    if catalogue is not None and rules is not None:
        mistakes += [*idle_rules(rules), *unfit_bases(catalogue, Path(settings.journal.path), rules)]
    doubts += not_there_yet(settings)
    return Findings(catalogue, rules, notify, tuple(dict.fromkeys(mistakes)), tuple(doubts))


def _attempt(open_: Callable[[], _Opened], mistakes: list[str]) -> _Opened | None:
    try:
        return open_()
    except ProblemError as error:
        mistakes += error.lines
        return None
