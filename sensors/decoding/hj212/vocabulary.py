"""The meaning of commands and factor codes: commands.toml and codes.toml."""

from datetime import timedelta, timezone
from importlib import resources

import msgspec
from msgspec import Struct

from sensors.model import Kind

DATA_ANSWER = "9014"
REQUEST_ANSWER = "9011"
SET_CLOCK = "1012"
ASK_CLOCK = "1013"
CHINA = timezone(timedelta(hours=8))  # what a data logger's clock shows


# Where a command's own field is missing, what else may hold its value, and the tolerance that lets it.
STAND_INS = {"Rtd": ("Avg", "mean_in_real_time"), "Avg": ("Rtd", "real_time_in_interval")}


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


def _raw(name: str) -> bytes:
    return (resources.files("sensors.decoding.hj212") / name).read_bytes()


_commands = msgspec.toml.decode(_raw("commands.toml"), type=dict[str, tuple[Command, ...]])["command"]
_codes = msgspec.toml.decode(_raw("codes.toml"), type=dict[str, tuple[Code, ...]])["code"]
COMMANDS = {row.cn: row for row in _commands}
CODES = {row.sent: row for row in _codes}
