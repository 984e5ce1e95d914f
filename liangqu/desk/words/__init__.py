"""The words of a page in one language: a table of its name here, and `common.toml` for all."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec
from markupsafe import Markup, escape

from sensors.model import Language, Name


@cache
def table(name: str) -> Mapping[str, Name]:
    """All rows of a page's table, with those of all pages."""
    file = Path(__file__).with_name(f"{name}.toml")
    own = msgspec.toml.decode(file.read_bytes(), type=dict[str, Name], strict=True) if file.exists() else {}
    return own if name == "common" else {**table("common"), **own}


class PageWords:
    """Everything a page says, in one language.

    Args:
        page: Its name.
        language: Of its words.
    """

    def __init__(self, page: str, language: Language) -> None:
        self.language: Language = language
        self._table = table(page)

    def __call__(self, key: str, **values: object) -> str:
        """The sentence with its values.

        Raises:
            KeyError: there is none of that key.
        """
        return self.name(self._table[key]).format(**values)

    def __contains__(self, key: object) -> bool:
        """Whether there is such a sentence."""
        return key in self._table

    def html(self, key: str, **values: object) -> Markup:
        """The sentence as HTML; values are escaped unless they are HTML themselves."""
        sentence = Markup(self.name(self._table[key]))  # noqa: S704 - our own table
        return sentence.format(**{k: escape(v) for k, v in values.items()})

    def name(self, name: Name) -> str:
        """A name in this language."""
        return str(getattr(name, self.language))
