"""Reads one JSON value as loggers print it: in one pass, bounded in depth, a value or a refusal.

Beside JSON it takes the numbers of C (`.5`, `5.`, `+31`, `031`), a comma behind the last member, and words
that are no JSON (`nan`, `-inf`, `1.#IND`, `None`): each a `BareWord`, for whoever refuses the one value.
"""

import json
import re
from math import inf
from typing import Any

from sensors.excerpt import excerpt
from sensors.model import Refused

DEEPEST = 20
_LONGEST_INTEGER = 400  # Python refuses to read integers of very many digits; no float is that large
_TOKEN = re.compile(
    r"""[\x00-\x20]*+ (?: ("(?:[^"\\]++|\\.)*+") | ([{}\[\]:,]) | ([^\x00-\x20"{}\[\]:,]++) )""",
    re.DOTALL | re.VERBOSE,
)
_STRING, _SIGN, _WORD = 1, 2, 3
_NUMBER = re.compile(r"[+-]?(?:([0-9]++)(\.[0-9]*+)?|\.[0-9]++)([eE][+-]?[0-9]++)?")
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?")
_BLANKS = "".join(map(chr, range(33)))
_CONSTANTS = {"true": True, "false": False, "null": None}


class BareWord(str):
    """A word without quotes that is no JSON: one value that cannot be read."""

    __slots__ = ()


def parse_leniently(raw: bytes, slips: set[str]) -> Any | Refused:
    """The value; else Refused, `not_utf8` or `not_json`, with the character in question.

    Args:
        raw: One JSON value, UTF-8.
        slips: Is given the name of each tolerance that was needed (json_tolerances.py).
    """
    try:
        reader = _Reader(raw.decode(), slips)
        value = reader.value(reader.token(), 0)
        reader.end()
    except UnicodeDecodeError as error:
        return Refused("not_utf8", f"byte {error.start} is not UTF-8")
    except _Malformed as bad:
        return Refused("not_json", str(bad))
    return value


def parse_number(text: str) -> float | None:
    """The number that a text is, in JSON's form or C's; infinite beyond the floats; None if it is none."""
    found = _NUMBER.fullmatch(text)
    if found is None:
        return None
    if found[1] and not found[2] and not found[3]:
        return int(text) if len(text) <= _LONGEST_INTEGER else inf
    return float(text)


class _Malformed(ValueError):  # noqa: N818 - named for what the text is; becomes a Refused within this module
    def __init__(self, why: str, position: int) -> None:
        super().__init__(f"{why} (character {position})")


class _Reader:
    def __init__(self, text: str, slips: set[str]) -> None:
        self._text = text
        self._position = 0
        self._slips = slips

    def token(self) -> re.Match[str]:
        found = _TOKEN.match(self._text, self._position)
        if found is None:
            rest = self._text[self._position :].lstrip(_BLANKS)
            raise _Malformed(
                "text without an end" if rest else "it ends too early", len(self._text) - len(rest)
            )
        self._position = found.end()
        return found

    def end(self) -> None:
        rest = self._text[self._position :].strip(_BLANKS)
        if rest:
            raise _Malformed(f"something follows: {excerpt(rest)}", self._position)

    def value(self, token: re.Match[str], depth: int) -> Any:
        if token.lastindex == _STRING:
            return self._string(token)
        if token.lastindex == _WORD:
            return self._word(token[_WORD])
        if depth == DEEPEST:
            raise _Malformed("nested too deeply", token.start(_SIGN))
        if token[_SIGN] == "{":
            return self._object(depth + 1)
        if token[_SIGN] == "[":
            return self._array(depth + 1)
        raise _Malformed(f"a value is missing before {token[_SIGN]!r}", token.start(_SIGN))

    def _object(self, depth: int) -> dict[str, Any]:
        members: dict[str, Any] = {}
        token = self.token()
        while token[_SIGN] != "}":
            if token.lastindex != _STRING:
                wrong = f"a name in double quotes is missing: {excerpt(token[token.lastindex or 0])}"
                raise _Malformed(wrong, token.start(token.lastindex or 0))
            name = self._string(token)
            colon = self.token()
            if colon[_SIGN] != ":":
                raise _Malformed("a colon is missing", colon.start(colon.lastindex or 0))
            members[name] = self.value(self.token(), depth)
            token = self._after_member("}")
        return members

    def _array(self, depth: int) -> list[Any]:
        elements: list[Any] = []
        token = self.token()
        while token[_SIGN] != "]":
            elements.append(self.value(token, depth))
            token = self._after_member("]")
        return elements

    def _after_member(self, closing: str) -> re.Match[str]:
        """The closing bracket, or what follows the comma."""
        token = self.token()
        if token[_SIGN] == ",":
            token = self.token()
            if token[_SIGN] == closing:
                self._slips.add("trailing_comma")
        elif token[_SIGN] != closing:
            raise _Malformed("a comma is missing", token.start(token.lastindex or 0))
        return token

    def _string(self, token: re.Match[str]) -> str:
        text = token[_STRING]
        if "\\" not in text:
            return text[1:-1]
        try:
            decoded: str = json.loads(text, strict=False)
        except json.JSONDecodeError as error:
            raise _Malformed(error.msg, token.start(_STRING) + error.pos) from None
        return decoded

    def _word(self, word: str) -> Any:
        if word in _CONSTANTS:
            return _CONSTANTS[word]
        number = parse_number(word)
        if number is None:
            return BareWord(word)
        if not _JSON_NUMBER.fullmatch(word):
            self._slips.add("number_form")
        return number
