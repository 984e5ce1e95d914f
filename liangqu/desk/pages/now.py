"""*Now*: what `liangqu status` shows, as a page that stays up to date."""

from pathlib import Path

from liangqu.desk.page import Answer, Page, Visit
from liangqu.status.reading import read_status
from liangqu.status.words import StatusWords
from sensors.section import parse_size


def show(visit: Visit) -> Answer:
    """Service, events and stations as they are."""
    files = visit.desk.files
    settings = files.settings
    path, limit = Path(settings.journal.path), parse_size(settings.journal.limit)
    status = read_status(path, files.reader, settings.clock_limits(), limit, visit.now)
    return {"status": status, "say": StatusWords(visit.language, files.catalogue)}


PAGES = (Page(path="/", name="now", show=show, live="now.html"),)
