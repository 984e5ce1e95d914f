"""The language of what is printed: what somebody set, else what the locale asks for."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import get_args

from sensors.model import Language
from sensors.text import read_bytes

VARIABLE = "LIANGQU_LANGUAGE"
_LOCALE = ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
"""The variables of gettext, the first that is set decides."""


def chosen_language(file: Path | None, environment: Mapping[str, str]) -> Language:
    """`LIANGQU_LANGUAGE`, else `language` in the settings file, else the locale's.

    A file that cannot be read, or says another language, says nothing here: whoever loads it refuses it. Nor
    does a pipe: it can be read once, by whoever loads it.
    """
    return _known(environment.get(VARIABLE)) or _said_in(file) or locale_language(environment)


def locale_language(environment: Mapping[str, str]) -> Language:
    """Chinese where the locale begins with `zh`, as in zh_CN.UTF-8; English for any other, or none."""
    named = next((environment[name] for name in _LOCALE if environment.get(name)), "")
    return "zh" if named.lower().startswith("zh") else "en"


def _said_in(file: Path | None) -> Language | None:
    try:
        if file is None or not file.is_file():
            return None
        return _known(tomllib.loads(read_bytes(file).decode("utf-8-sig")).get("language"))
    except (OSError, ValueError, RecursionError):
        return None


def _known(value: object) -> Language | None:
    return next((each for each in get_args(Language) if each == value), None)
