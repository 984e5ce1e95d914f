"""The demonstration's summary: accounts, checks, days, files."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path

import pandas as pd
from rich import box
from rich.columns import Columns
from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ingest.stores.base import Store
from liangqu.config.settings import Settings
from liangqu.demo.folder import LOG, SETTINGS
from liangqu.demo.picture.board import NARROW
from liangqu.demo.picture.board_reader import BoardPicture
from liangqu.demo.words import DemoWords
from sensors.calendar import SHANGHAI
from sensors.catalogue.model import Catalogue

_FULL_DAY = 24


def summary(
    picture: BoardPicture,
    store: Store,
    catalogue: Catalogue,
    settings: Settings,
    *,
    start: datetime,
    words: DemoWords,
    width: int,
) -> Iterator[RenderableType]:
    """Section after section; `start` is where the simulated days begin, `width` the console's columns."""
    media = {medium: store.points(medium, start, picture.now) for medium in picture.rows}
    yield from _accounts(picture, words)
    yield from _checks(pd.concat(media.values()), words)
    yield from _days(media["air"], picture.columns["air"][0], catalogue, words, narrow=width < NARROW)
    yield from _files(settings, words)


def _accounts(picture: BoardPicture, words: DemoWords) -> Iterator[RenderableType]:
    yield _heading(words("accounts"))
    yield Text("  " + words("messages", **picture.accounts))
    yield Text("  " + words("items", **picture.accounts))
    for reason, number in picture.refused.items():
        yield Text(f"    {number:>6}  {words.reason(reason)} ({reason})")


def _checks(readings: pd.DataFrame, words: DemoWords) -> Iterator[RenderableType]:
    yield _heading(words("checks"))
    flagged = readings[readings["failed"] != ""]
    found: Counter[tuple[str, str, str]] = Counter()
    columns = (flagged[name] for name in ("site", "parameter", "flag", "failed"))
    for site, parameter, flag, failed in zip(*columns, strict=True):
        found.update((words.check(check, flag), site, parameter) for check in failed.split(","))
    for (said, site, parameter), number in sorted(found.items()):
        text = f"  {said}  {words.site(site)}  {words.symbol(parameter)}  {words('values', number=number)}"
        yield Text(text)
    if not found:
        yield Text("  " + words("nothing"))


def _days(
    air: pd.DataFrame, parameter: str, catalogue: Catalogue, words: DemoWords, *, narrow: bool
) -> Iterator[RenderableType]:
    """Plain means by calendar day in Shanghai: a first look, not the assessment's statistic."""
    shown = catalogue.parameters[parameter]
    yield _heading(words("days", symbol=shown.label, unit=shown.unit))
    valid = air[(air["parameter"] == parameter) & (air["validity"] == "valid")]
    stamps = pd.DatetimeIndex(valid.index).tz_convert(SHANGHAI).strftime("%m-%d")
    grouped = valid.groupby([valid["site"], stamps])["value"]
    cells = {
        key: _mean(mean, number)
        for key, mean, number in zip(grouped.groups, grouped.mean(), grouped.count(), strict=True)
    }
    days = sorted(set(stamps))
    rows = {
        words.name(site.name): [cells.get((site.id, day), "") for day in days]
        for site in catalogue.sites.values()
        if site.medium == "air"
    }
    if narrow:
        yield from _day_lines(days, rows)
    else:
        yield _day_table(words("air"), days, rows)


def _day_table(title: str, days: Sequence[str], rows: Mapping[str, Sequence[str]]) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column(title, no_wrap=True)
    for day in days:
        table.add_column(day, justify="right", no_wrap=True)
    for name, means in rows.items():
        table.add_row(name, *means)
    return table


def _day_lines(days: Sequence[str], rows: Mapping[str, Sequence[str]]) -> Iterator[Padding]:
    """A site a line and its days indented below: a table would have no room for both."""
    for name, means in rows.items():
        told = [f"{day} {mean}" for day, mean in zip(days, means, strict=True) if mean]
        yield Padding(Text(name), (0, 0, 0, 2))
        yield Padding(Columns(told, padding=(0, 3), equal=True), (0, 0, 0, 4))


def _mean(mean: float, number: int) -> str:
    return f"{mean:.0f}" if number == _FULL_DAY else f"{mean:.0f} ({number})"


def _files(settings: Settings, words: DemoWords) -> Iterator[RenderableType]:
    folder = Path(settings.journal.path).parent
    yield _heading(words("files"))
    named = {
        SETTINGS: "file_toml",
        Path(settings.store_section().location).name: "file_db",
        Path(settings.journal.path).name: "file_journal",
        LOG: "file_log",
    }
    for name, key in named.items():
        yield Text(f"  {folder / name}  {words(key)}", overflow="fold")


def _heading(text: str) -> Text:
    return Text(f"\n{text}", style="bold")
