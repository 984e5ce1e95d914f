"""Rows of stations in the text of a catalogue file."""

from collections.abc import Callable, Mapping

from tomlkit.items import Table

from liangqu.tasks.editing import toml_text

SITE = "site"


def site_ids(text: str) -> list[str]:
    """The ids of the file's stations, in its order.

    Raises:
        ValueError: it is not TOML; one line.
    """
    return toml_text.row_ids(text, SITE)


def add_site(text: str, row: Mapping[str, object]) -> str:
    """The text with a station's row at its end; keys in the order of the row."""
    return toml_text.add_row(text, SITE, row)


def change_site(text: str, id_: str, change: Callable[[Table], None]) -> str:
    """The text with the row of a station changed.

    Raises:
        KeyError: it has no row here.
    """
    return toml_text.change_row(text, SITE, id_, change)


def remove_site(text: str, id_: str) -> str:
    """The text without the row of a station; what people wrote above the row stays.

    Raises:
        KeyError: it has no row here.
    """
    return toml_text.remove_row(text, SITE, id_)
