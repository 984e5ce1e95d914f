"""What commands say, in both languages: the sentences of liangqu/cli/words.toml, a section a command."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import msgspec
from msgspec import Struct

from sensors.model import Language

TABLE = Path(__file__).parents[1] / "cli" / "words.toml"


class SaidSentence(Struct, frozen=True, forbid_unknown_fields=True):
    """One sentence in both languages; what stands in braces is filled in.

    `one` is the English where `n` is 1; "" where it makes no difference.
    """

    zh: str
    en: str
    one: str = ""


@cache
def all_sentences() -> Mapping[str, Mapping[str, SaidSentence]]:
    """The whole table, by section and key."""
    return msgspec.toml.decode(TABLE.read_bytes(), type=dict[str, dict[str, SaidSentence]], strict=True)


class CommandWords:
    """The sentences of a command in one language."""

    def __init__(self, section: str, language: Language) -> None:
        self.language = language
        self._sentences = all_sentences()[section]

    def __call__(self, key: str, *values: object, **named: object) -> str:
        """The sentence with its values, in their order or by name; of several, `n` says how many."""
        found = self._sentences[key]
        if self.language == "zh":
            return found.zh.format(*values, **named)
        return (found.one if found.one and named.get("n") == 1 else found.en).format(*values, **named)

    def __contains__(self, key: str) -> bool:
        """Whether there is such a sentence."""
        return key in self._sentences

    def headings(self) -> list[str]:
        """Those of its table: the cells of the sentence `head`."""
        return self("head").split("|")
