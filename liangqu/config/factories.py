"""Opens the parts that the settings name: catalogue, rules, channels, journal, store."""

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from alerts.notify import config
from alerts.notify.channels import Channel
from alerts.notify.config import NotifyConfig
from alerts.rules import definition
from alerts.rules.index import RuleIndex
from ingest.journal.database.schema import ForeignFileError, JournalTooNewError
from ingest.stores.base import FormerLayoutError, Store, StoreAway, StoreSection
from ingest.stores.former_sites import with_former_sites
from ingest.stores.registry import STORES
from liangqu.config.errors import ProblemError
from liangqu.config.settings import Settings, read_secret
from sensors.catalogue import loader
from sensors.catalogue.loader import CatalogueError
from sensors.catalogue.model import Catalogue
from sensors.durations import parse_limit
from sensors.section import parse_size

if TYPE_CHECKING:
    from alerts.engine import AlertEngine
    from alerts.texts.event_reader import EventReader
    from ingest.journal.file import Journal
    from ingest.stores.copying import StoreCopier
    from ingest.stores.influxdb.writer import WriterProcess


def open_catalogue(settings: Settings, contents: Mapping[Path, bytes] = MappingProxyType({})) -> Catalogue:
    """The shipped catalogue with what the settings add; `contents` in place of what stands in these files.

    Raises:
        ProblemError: the files contradict themselves or each other, one line per problem; or one is missing.
    """
    files = [Path(file) for file in settings.catalogue.extra]
    for file in files:
        if file not in contents and not os.path.lexists(file):
            raise ProblemError(f"catalogue.extra: {file}: not there; it may be empty, but must be there")
    try:
        return loader.load(
            files,
            shipped=settings.catalogue.shipped,
            contents=contents,
        )
    except CatalogueError as error:
        raise ProblemError(*error.problems) from None


def open_rules(settings: Settings, catalogue: Catalogue) -> RuleIndex:
    """The shipped rules and those of the settings, over the catalogue.

    Raises:
        ProblemError: they cannot be used; one line per problem.
    """
    try:
        return RuleIndex(
            definition.load(catalogue, [Path(file) for file in settings.alerts.rules]), catalogue
        )
    except definition.RulesError as error:
        raise ProblemError(*error.problems) from None


def open_notify(settings: Settings) -> NotifyConfig:
    """Channels, people, duty and routes; nobody without a notify file.

    Raises:
        ProblemError: the file cannot be used; one line per problem, none shows an address.
    """
    if not settings.alerts.notify_file:
        return NotifyConfig()
    try:
        return config.load(Path(settings.alerts.notify_file))
    except config.NotifyConfigError as error:
        raise ProblemError(*error.problems) from None


def open_alerting(settings: Settings, catalogue: Catalogue, notify: NotifyConfig) -> "AlertEngine":
    """Rules, episodes and notifications; `load` them before use.

    Raises:
        ProblemError: as `open_rules`.
    """
    return _engine(settings, open_rules(settings, catalogue), notify)


def _engine(settings: Settings, rules: RuleIndex, notify: NotifyConfig) -> "AlertEngine":
    from alerts.engine import AlertEngine  # noqa: PLC0415 - `check` needs no journal

    return AlertEngine(
        rules,
        notify,
        page_max_age=parse_limit(settings.alerts.page_max_age),
        max_ahead=settings.bounds().max_ahead,
        language=settings.language,
    )


def open_event_reader(settings: Settings) -> "EventReader":
    """What reads events as people see them.

    Raises:
        ProblemError: as `open_catalogue`, `open_rules` and `open_notify`.
    """
    catalogue = open_catalogue(settings)
    return _event_reader(settings, open_rules(settings, catalogue), open_notify(settings))


def _event_reader(settings: Settings, rules: RuleIndex, notify: NotifyConfig) -> "EventReader":
    from alerts.texts.boards import board_links  # noqa: PLC0415 - only who shows events needs the words
    from alerts.texts.event_reader import EventReader  # noqa: PLC0415 - same

    boards = board_links(settings.alerts.board_url, rules.catalogue)
    return EventReader(catalogue=rules.catalogue, rules=rules.rules, notify=notify, boards=boards)


def open_channels(notify: NotifyConfig) -> dict[str, Channel]:
    """The channels by id; nothing is sent yet.

    Raises:
        ProblemError: an address is not valid; the line does not show it.
    """
    from alerts.notify.channels.opening import open_channel  # noqa: PLC0415 - 0.1 s that only the service needs

    channels: dict[str, Channel] = {}
    for row in notify.channels.values():
        try:
            channels[row.id] = open_channel(row)
        except ValueError as error:
            raise ProblemError(f"notify_file: channel {row.id}: {row.masked}: {error}") from None
    return channels


class JudgingParts(Struct, frozen=True):
    """All that a service goes by and a reload replaces, of one reading of the files.

    `rules` is for any thread, the engine has its own.
    """

    settings: Settings
    rules: RuleIndex
    notify: NotifyConfig
    channels: Mapping[str, Channel]
    engine: "AlertEngine"
    reader: "EventReader"

    @property
    def catalogue(self) -> Catalogue:
        """The sites that all of them know."""
        return self.rules.catalogue


def open_judging(settings: Settings, catalogue: Catalogue) -> JudgingParts:
    """Rules, people, channels and what is made of them; each file is read once.

    Raises:
        ProblemError: as `open_rules`, `open_notify` and `open_channels`.
    """
    rules, notify = open_rules(settings, catalogue), open_notify(settings)
    engine = _engine(settings, RuleIndex([*rules.rules.values()], catalogue), notify)
    reader = _event_reader(settings, rules, notify)
    return JudgingParts(settings, rules, notify, open_channels(notify), engine, reader)


def channel_doubts(notify: NotifyConfig) -> list[str]:
    """A line for each channel whose service is untested, so that a refused message may count as sent."""
    from alerts.notify.channels.opening import open_channel  # noqa: PLC0415 - same

    return [
        f"channel {row.id} ({row.masked}): {doubt}"
        for row in notify.channels.values()
        if (doubt := open_channel(row).doubt)
    ]


def open_own_journal(settings: Settings, now: datetime) -> "Journal":
    """The journal file for the one service: owned, with its reserve; if damaged, moved aside and begun again.

    Raises:
        JournalInUseError: another service has it.
        ProblemError: as `open_journal`.
    """
    from ingest.journal.database.corruption import set_aside_if_damaged  # noqa: PLC0415 - they log; `check` needs no logs
    from ingest.journal.file import owned  # noqa: PLC0415 - same

    path = Path(settings.journal.path)
    try:
        with owned(path):
            set_aside_if_damaged(path, now)
    except OSError as error:
        raise ProblemError(f"{path}: {error.strerror}", exit_code=1) from None
    journal = open_journal(settings)
    journal.own()
    return journal


def open_journal(settings: Settings) -> "Journal":
    """The journal file, created if missing.

    Raises:
        ProblemError: it is not a journal, a newer liangqu wrote it, or a service of an earlier one has it;
            exit code 1: it cannot be opened now.
    """
    from ingest.journal.file import Journal, JournalInUseError  # noqa: PLC0415 - it logs; `check` needs no logs

    path = Path(settings.journal.path)
    try:
        return Journal(path, reserve=parse_size(settings.journal.reserve))
    except JournalInUseError as error:
        raise ProblemError(f"{error}, of an earlier version: stop it, then the journal is migrated") from None
    except (JournalTooNewError, ForeignFileError) as error:
        raise ProblemError(str(error)) from None
    except sqlite3.DatabaseError as error:
        code = 2 if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_NOTADB else 1
        raise ProblemError(f"{path}: {error}", exit_code=code) from None
    except IsADirectoryError as error:
        raise ProblemError(f"journal.path: {path}: {error.strerror}") from None
    except OSError as error:
        raise ProblemError(f"{path}: {error.strerror}", exit_code=1) from None


def open_store(settings: Settings) -> Store:
    """The store that the settings choose; nothing is connected yet.

    Raises:
        ProblemError: the address or a secret cannot be used; the line shows no secret.
    """
    try:
        store: Store = _module(settings).open_store(_with_secrets(settings))
    except ValueError as error:
        raise ProblemError(str(error)) from None
    return store


@contextmanager
def reading_store(settings: Settings) -> Iterator[Store]:
    """The store for as long as something is read from it; a renamed site has its whole history in it.

    Raises:
        ProblemError: as `open_store`, `open_catalogue`; the store does not answer, or is of a former build.
    """
    catalogue, store = open_catalogue(settings), open_store(settings)
    try:
        store.check_layout()
        yield with_former_sites(store, catalogue)
    except FormerLayoutError as former:
        raise ProblemError(f"store: {former}") from None
    except StoreAway as away:
        raise ProblemError(f"store: {away}", exit_code=1) from None
    finally:
        store.close()


def open_writer(settings: Settings) -> "WriterProcess | None":
    """The process that writes the service's store, not yet started; None if the service writes itself."""
    open_ = getattr(_module(settings), "open_writer", None)
    return open_(_with_secrets(settings)) if open_ else None


def open_copier(settings: Settings) -> "StoreCopier":
    """What copies the chosen store whole; nothing is connected yet.

    Raises:
        ProblemError: as `open_store`; or this kind of store has none.
    """
    open_ = getattr(_module(settings), "open_copier", None)
    if open_ is None:
        raise ProblemError(
            f"store.kind: {settings.store.kind}: it is copied by means of its own, not by liangqu"
        )
    try:
        copier: StoreCopier = open_(_with_secrets(settings))
    except ValueError as error:
        raise ProblemError(str(error)) from None
    return copier


def _module(settings: Settings) -> Any:
    """The file of the chosen store; only its client is loaded."""
    return import_module(f"ingest.stores.{STORES[settings.store.kind].module}")


def _with_secrets(settings: Settings) -> StoreSection:
    """The table of the chosen store, with what stands in the files that it names."""
    section, kind = settings.store_section(), settings.store.kind
    named = [key for key in section.paths if key.endswith("_file")]
    empty = [key for key in named if not getattr(section, key.removesuffix("_file"), "-")]
    found = {key.removesuffix("_file"): read_secret(f"{kind}.{key}", getattr(section, key)) for key in empty}
    return replace(section, **found)
