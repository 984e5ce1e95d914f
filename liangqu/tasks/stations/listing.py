"""The stations with all that belongs to them; accounts and senders that belong to none."""

import os
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from ingest.journal import check_state, quarantine
from ingest.journal.quarantine import QuarantineFilter
from liangqu.config.errors import ProblemError
from liangqu.config.factories import open_journal
from liangqu.config.settings import Settings
from liangqu.tasks.stations import accounts, catalogue_text
from liangqu.tasks.stations.working_copy import WorkingCopy, read_copy, users_of
from sensors.calendar import from_ms
from sensors.catalogue.model import Site

if TYPE_CHECKING:
    from ingest.journal.file import Journal

UNKNOWN = QuarantineFilter(reason="unknown_site")


class ListedStation(Struct, frozen=True):
    """A station, in the order of the catalogue.

    Attributes:
        site: Its row.
        file: The file of your own that it stands in; None: shipped.
        has_account: None where the broker's accounts are not kept here.
        heard: When anything of it came last; None: never, or nobody can tell.
        kept: Items of it in the quarantine, refused when it was not known.
    """

    site: Site
    file: Path | None
    has_account: bool | None
    heard: datetime | None
    kept: int


class StationList(Struct, frozen=True):
    """All stations; accounts without a station; senders that the catalogue does not know, by their items.

    `is_known` says whether there was a journal to be asked when they were heard.
    """

    is_known: bool
    stations: tuple[ListedStation, ...]
    orphans: tuple[str, ...]
    unknown: Mapping[str, int]


def list_stations(settings: Settings, journal: "Journal | None" = None) -> StationList:
    """What there is now; the journal is read if there is one, `journal` if it is open already.

    Raises:
        ProblemError: a file cannot be used.
    """
    try:
        copy = read_copy(settings)
    except OSError as error:
        raise ProblemError(f"{error.filename}: {error.strerror}", exit_code=1) from None
    catalogue = copy.catalogue()
    heard, kept = _read_journal(settings, journal)
    files = {id_: file for file, text in copy.texts.items() for id_ in catalogue_text.site_ids(text)}
    found = tuple(
        ListedStation(
            site, files.get(site.id), _has_account(copy, site), heard.get(site.id), _kept(site, kept)
        )
        for site in catalogue.sites.values()
    )
    users = {user for site in catalogue.sites.values() for user in users_of(site)}
    others = {*(copy.accounts or {})} - users - accounts.PARTS
    names = {name for site in catalogue.sites.values() for name in names_of(site)}
    unknown = {name: items for name, items in kept.items() if name not in names}
    return StationList(is_journal_open(settings), found, tuple(sorted(others)), unknown)


def is_journal_open(settings: Settings) -> bool:
    """Whether there is a journal that this user may use."""
    return os.access(settings.journal.path, os.R_OK | os.W_OK)


def names_of(site: Site) -> set[str]:
    """Under what its messages come: the last level of their topics."""
    return {site.id, *site.renamed_from, *([site.mn] if site.mn else [])}


def _has_account(copy: WorkingCopy, site: Site) -> bool | None:
    return None if copy.accounts is None else users_of(site)[0] in copy.accounts


def _kept(site: Site, kept: Mapping[str, int]) -> int:
    return sum(kept.get(name, 0) for name in names_of(site))


def _read_journal(
    settings: Settings, journal: "Journal | None"
) -> tuple[dict[str, datetime], dict[str, int]]:
    """When each site was heard last, and the items of unknown senders."""
    if not is_journal_open(settings):
        return {}, {}
    with (journal or open_journal(settings)).snapshot() as connection:
        heard = {site: from_ms(at) for site, at in check_state.last_seen(connection).items()}
        return heard, {site: items for _, site, items, _ in quarantine.summary(connection, UNKNOWN)}
