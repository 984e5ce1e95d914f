"""A paragraph as it is printed, and as it is kept beside a report."""

from msgspec import Struct


class PrintedParagraph(Struct, frozen=True):
    """What is printed, and what it is based on.

    `generated` and `figures` are those that the program wrote when the text was last its own or was checked,
    `now` what it would write; `is_outdated`: the figures changed after the text was edited.
    """

    chapter: str
    text: str
    generated: str
    figures: tuple[str, ...]
    now: str
    is_edited: bool = False
    is_outdated: bool = False


class KeptParagraph(Struct, frozen=True, forbid_unknown_fields=True):
    """A chapter's table in the file. `now` is for people: it is written, and not read."""

    text: str
    generated: str | None = None
    figures: tuple[str, ...] = ()
    now: str = ""
