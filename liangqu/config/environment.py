"""What the environment sets: `LIANGQU_MQTT__HOST=…` is `[mqtt] host`."""

import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import structs

from liangqu.config.tables import Given, Key, KnownKeys
from sensors.excerpt import excerpt, nearest
from sensors.section import Section
from sensors.text import from_locale

PREFIX = "LIANGQU_"


def to_variable(key: Key) -> str:
    """The variable that sets a key: `LIANGQU_MQTT__HOST`, or `LIANGQU_LANGUAGE`."""
    return f"{PREFIX}{'__'.join(filter(None, key))}".upper()


def read_environment(
    environment: Mapping[str, str], keys: KnownKeys, problems: list[str]
) -> Iterator[tuple[Key, Given]]:
    """Each key that a variable sets; what looks like one and sets none goes to `problems`."""
    variables = {to_variable(key): key for key in keys}
    for variable, text in environment.items():
        key = variables.get(variable.upper())
        if not variable.startswith(PREFIX):
            continue
        if key is None:
            problems += _unknown(variable, keys, [*variables])
            continue
        try:
            yield key, Given(_read(text, keys.sections.get(key[0]), key), variable, is_variable=True)
        except ValueError as error:
            problems.append(f"{variable}: {error}")


def _unknown(variable: str, keys: KnownKeys, variables: list[str]) -> Iterator[str]:
    """A line if the variable has the form of one of ours, or is one but for a single line in it."""
    section, mark, name = variable.removeprefix(PREFIX).lower().partition("__")
    if not mark:
        doubled = f"{PREFIX}{section.replace('_', '__', 1)}".upper()
        if doubled in variables:
            yield f"{variable}: there is no such setting; did you mean {doubled}?"
        return
    known = keys.sections.get(section)
    near = (
        [(section, each) for each in nearest(name, known.__struct_fields__)]
        if known
        else [
            (each, name) for each in nearest(section, keys.sections) if to_variable((each, name)) in variables
        ]
    )
    reason = keys.unknown((section, name)) if known else keys.unknown_table(section)
    hint = f"did you mean {' or '.join(map(to_variable, near))}?" if near else reason.partition("; ")[2]
    yield f"{variable}: there is no setting {section}.{name}; {hint}"


def _read(text: str, section: type[Section] | None, key: Key) -> Any:
    """A text as it is; of another type the value that TOML has there.

    Raises:
        ValueError: there is none.
    """
    fields = structs.fields(section) if section else ()
    default = next((field.default for field in fields if field.name == key[1]), "")
    if isinstance(default, str):
        return text if section and key[1] in section.paths else from_locale(text)
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        example = str(default).lower() if isinstance(default, bool) else default or '["…"]'
        raise ValueError(f"{excerpt(text)} is not a TOML value such as {example}") from None
