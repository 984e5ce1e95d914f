"""What of the notify file would not do what it seems to: no link that opens, no such site."""

from collections.abc import Iterator
from datetime import date

from alerts.notify.config import NotifyConfig, unknown_sites
from ingest.http.address import is_loopback, parse_http_address
from liangqu.config.errors import ProblemError
from liangqu.config.factories import channel_doubts, open_channels
from liangqu.config.settings import Settings
from sensors.catalogue.model import Catalogue

_CURE = "see docs/guide.md, chapter 7"


def unreachable_people(
    settings: Settings, notify: NotifyConfig, catalogue: Catalogue | None
) -> Iterator[str]:
    """A line for each route to nowhere, and if no link can be opened."""
    if catalogue is not None:
        yield from unknown_sites(notify, catalogue)
    yield from _links_that_do_not_open(settings, notify)


def unusable_channels(notify: NotifyConfig) -> Iterator[str]:
    """A line for each channel whose address cannot be used."""
    for row in notify.channels.values():
        try:
            open_channels(NotifyConfig(channels={row.id: row}))
        except ProblemError as error:
            yield from error.lines


def _links_that_do_not_open(settings: Settings, notify: NotifyConfig) -> Iterator[str]:
    """That people are notified and cannot acknowledge from a message, and why."""
    if not notify.routes:
        return
    if not settings.message_address:
        yield f"http.public_url: people are notified, and no message has a link to its page; {_CURE}"
        return
    key = "desk" if settings.desk.public_url else "http"
    if key == "http" and not settings.http.listen:
        yield "http.listen: messages have links, and nothing listens that could answer them"
    address = settings.message_address
    if is_loopback(parse_http_address(address).host):
        yield f"{key}.public_url: {address} is this machine alone: no phone opens it; {_CURE}"


def untried(notify: NotifyConfig, today: date) -> Iterator[str]:
    """What may be right and is worth a look: services that nobody has tried, holidays that are over."""
    yield from channel_doubts(notify)
    if notify.holidays and max(notify.holidays) < today:
        last = max(notify.holidays)
        yield f"notify_file: duty: holidays: none after {last}; working hours are then Monday to Friday"
