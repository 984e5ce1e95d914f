"""The meaning of commands and factor codes: commands.toml and codes.toml."""

from importlib import resources

import msgspec
from msgspec import Struct

from sensors.model import Kind

DATA_ANSWER = "9014"
REQUEST_ANSWER = "9011"
SET_CLOCK = "1012"
ASK_CLOCK = "1013"


class Command(Struct, frozen=True, forbid_unknown_fields=True):
    """What one CN is about; `kind` and `field` if it carries readings, `answer` if it may be replied to."""

    cn: str
    zh: str
    en: str
    kind: Kind | None = None
    field: str = ""
    answer: str = ""


class Code(Struct, frozen=True, forbid_unknown_fields=True):
    """A factor code in addition to the catalogue's: its meaning, and its unit if not the catalogue's."""

    sent: str
    means: str
    source: str
    unit: str = ""


class _CommandsFile(Struct, frozen=True, forbid_unknown_fields=True):
    command: tuple[Command, ...]


class _CodesFile(Struct, frozen=True, forbid_unknown_fields=True):
    code: tuple[Code, ...]


def _raw(name: str) -> bytes:
    return (resources.files("sensors.decoding.hj212") / name).read_bytes()


COMMANDS = {row.cn: row for row in msgspec.toml.decode(_raw("commands.toml"), type=_CommandsFile).command}
CODES = {row.sent: row for row in msgspec.toml.decode(_raw("codes.toml"), type=_CodesFile).code}
