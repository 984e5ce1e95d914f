"""Settings: one TOML file, the environment on top; all mistakes at once, by file and key."""

import os
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

from msgspec import Struct, defstruct

from ingest.mqtt.broker import Broker
from ingest.sites.clock import ClockLimits
from ingest.stores.base import StoreSection
from ingest.stores.registry import STORES
from liangqu.config.broker_choice import Mqtt
from liangqu.config.desk_choice import DeskChoice
from liangqu.config.environment import PREFIX, read_environment
from liangqu.config.errors import ProblemError
from liangqu.config.schema import (
    Alerts,
    CatalogueFiles,
    Hj212,
    Http,
    Ingest,
    JournalChoice,
    ReportHead,
    ReviewRule,
    StationAccounts,
    StoreChoice,
    parse_earliest,
)
from liangqu.config.settings_file import Tables, read_tables, resolve_paths
from liangqu.config.shard_choice import ShardChoice
from liangqu.config.tables import DEFAULT, Key, KnownKeys, read_section, read_value
from liangqu.config.wider_zones import WiderZones
from sensors.decoding.types import InputBounds
from sensors.durations import parse_duration, parse_limit
from sensors.model import Language
from sensors.section import Section, parse_size
from sensors.text import parse_text

OF_FOLDER = "liangqu.toml"
"""The file that is read where none is named, if the working directory has it."""
SILENT_CYCLES = 3
LARGEST_SECRET = 4096


class SettingsError(ProblemError):
    """A clear line for each mistake: which file or variable, which key, and why."""


if TYPE_CHECKING:
    _StoreTables = Struct
else:  # a table for each store of the registry, so that a new one needs no change here
    _StoreTables = defstruct(
        "_StoreTables", [(kind.name, kind.section, kind.section()) for kind in STORES.values()],
        frozen=True, kw_only=True,
    )  # fmt: skip


class Settings(_StoreTables, frozen=True, forbid_unknown_fields=True):
    """All settings; paths are resolved against the file that names them."""

    language: Language = "zh"
    mqtt: Mqtt = Mqtt()
    shard: ShardChoice = ShardChoice()
    ingest: Ingest = Ingest()
    hj212: Hj212 = Hj212()
    store: StoreChoice = StoreChoice()
    journal: JournalChoice = JournalChoice()
    http: Http = Http()
    desk: DeskChoice = DeskChoice()
    catalogue: CatalogueFiles = CatalogueFiles()
    stations: StationAccounts = StationAccounts()
    zones: WiderZones = WiderZones()
    alerts: Alerts = Alerts()
    report: ReportHead = ReportHead()
    review: ReviewRule = ReviewRule()

    def __post_init__(self) -> None:
        """Refuse one file for two: neither takes what the other has written. And one client id for shards."""
        section, journal = self.store_section(), Path(self.journal.path).resolve()
        for key in section.paths:
            file = getattr(section, key)
            if file and Path(file).resolve() == journal:
                raise ValueError(
                    f"{self.store.kind}.{key}: {file} is the journal.path too; name another file"
                )
        if self.shard.name and self.mqtt.client_id == Mqtt().client_id:
            raise ValueError(
                f"mqtt.client_id: a shard has one of its own, as two clients of one id throw each other out;"
                f' set it, client_id = "liangqu-{self.shard.name}" perhaps'
            )

    def store_section(self) -> StoreSection:
        """The table of the store that is chosen, secrets as they stand in it."""
        section: StoreSection = getattr(self, self.store.kind)
        return section

    @property
    def message_address(self) -> str:
        """Where links in messages lead: to the desk if its address is known, else to the service."""
        return self.desk.public_url or self.http.public_url

    def link_secret(self) -> str:
        """By which links in messages are signed; "" for one of the journal's own."""
        return read_secret("http.link_secret_file", self.http.link_secret_file)

    def bounds(self) -> InputBounds:
        """The bounds of a message: its times and its size."""
        return InputBounds(
            earliest=parse_earliest(self.ingest.earliest),
            max_ahead=parse_duration(self.ingest.max_ahead),
            max_age=parse_limit(self.ingest.max_age),
            max_payload=parse_size(self.mqtt.max_payload),
            tolerated=self.hj212.tolerated(),
        )

    def clock_limits(self) -> ClockLimits:
        """From which age on a reading is old, and how far ahead it may be."""
        return ClockLimits(parse_limit(self.alerts.page_max_age), parse_duration(self.ingest.max_ahead))

    def broker(self) -> Broker:
        """How to reach the broker, its password read from its file."""
        m = self.mqtt
        first, *others = m.nodes
        return Broker(
            host=first.host,
            port=first.port,
            others=tuple(others),
            failover=m.failover,
            protocol=m.protocol,
            client_id=m.client_id,
            username=m.username,
            password=m.password or read_secret("mqtt.password_file", m.password_file),
            ca_file=m.ca_file,
            cert_file=m.cert_file,
            key_file=m.key_file,
            keepalive=max(1, round(parse_duration(m.keepalive).total_seconds())),
        )

    def watchdog(self, fastest: timedelta) -> float | None:
        """Seconds without a message that a connection is trusted; `fastest` is the shortest cycle."""
        match self.mqtt.watchdog:
            case "none":
                return None
            case "auto":
                return SILENT_CYCLES * fastest.total_seconds()
            case text:
                return parse_duration(text).total_seconds()

    def session_expiry(self) -> timedelta:
        """How long the broker keeps our session while we are away."""
        return parse_duration(self.mqtt.session_expiry)


_SECTIONS: Mapping[str, type[Section]] = {
    name: hint
    for name, hint in get_type_hints(Settings).items()
    if isinstance(hint, type) and issubclass(hint, Section)
}
KEYS = KnownKeys(_SECTIONS, tuple(key for key in Settings.__struct_fields__ if key not in _SECTIONS))


def read_secret(key: str, file: str) -> str:
    """The secret in a file, without its last line end; "" if no file is named.

    Raises:
        SettingsError: the file cannot be read, or is not one line of text.
    """
    if not file:
        return ""
    try:
        with Path(file).open("rb") as opened:
            secret = parse_text(opened.read(LARGEST_SECRET + 1)).rstrip("\r\n")
    except (OSError, ValueError) as error:
        raise SettingsError(f"{key}: {file}: {getattr(error, 'strerror', None) or error}") from None
    if len(secret.splitlines()) > 1 or len(secret) > LARGEST_SECRET:
        raise SettingsError(f"{key}: {file}: more than one line of {LARGEST_SECRET} bytes; a secret is one")
    return secret


class SettingsRead(Struct, frozen=True):
    """Settings as they were found.

    Attributes:
        settings: With the default in the place of whatever is wrong.
        file: Where they stand; None if nowhere.
        is_of_folder: Whether that was found in the working directory, without being named.
        origins: The file or variable that each key comes from; others have their default.
        tables: Those that stand in the file or the environment, "" for what is outside any.
        problems: What is wrong, a line each; where there is any, nothing may be done with the settings.
    """

    settings: Settings
    file: Path | None
    is_of_folder: bool
    origins: Mapping[Key, str]
    tables: AbstractSet[str]
    problems: tuple[str, ...]

    @property
    def is_desk_of_service(self) -> bool:
        """Whether `run` starts the desk: its table stands, and does not say that something else does."""
        return "desk" in self.tables and self.settings.desk.started_by_service


def load(file: Path | None, environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings: defaults, then the file, then the environment.

    Without a file it is that of `LIANGQU_CONFIG`, or else `liangqu.toml` in the working directory.

    Raises:
        SettingsError: something is wrong with them; a line each says what and where.
    """
    found = read(file, environment)
    if found.problems:
        raise SettingsError(*found.problems)
    return found.settings


def find_file(environment: Mapping[str, str]) -> Path | None:
    """The file that is read where none is named on the command line; None for none."""
    if named := environment.get(f"{PREFIX}CONFIG"):
        return Path(named)
    return Path(OF_FOLDER) if Path(OF_FOLDER).is_file() else None


def read(file: Path | None, environment: Mapping[str, str] = os.environ) -> SettingsRead:
    """Read the settings as `load` does; whatever is wrong stands in `problems`."""
    problems: list[str] = []
    is_named = file is not None or bool(environment.get(f"{PREFIX}CONFIG"))
    file = file or find_file(environment)
    tables = read_tables(file, KEYS, problems) if file else {}
    stand = {*tables}
    resolve_paths(tables, file.parent.resolve() if file else Path.cwd(), KEYS, problems)
    for (section, key), given in read_environment(environment, KEYS, problems):
        tables.setdefault(section, {})[key] = given
        stand.add(section)
    return SettingsRead(
        settings=_to_settings(tables, str(file or "settings"), problems),
        file=file,
        is_of_folder=file is not None and not is_named,
        origins={
            (section, key): given.origin
            for section, table in tables.items()
            for key, given in table.items()
            if given.origin != DEFAULT
        },
        tables=frozenset(stand),
        problems=tuple(problems),
    )


def _to_settings(tables: Tables, file: str, problems: list[str]) -> Settings:
    hints = get_type_hints(Settings)
    values: dict[str, Any] = {}
    for key, given in tables.get("", {}).items():
        try:
            values[key] = read_value(("", key), given, hints[key])
        except ValueError as error:
            problems.append(str(error))
    values |= {
        name: read_section(name, kind, tables.get(name, {}), problems) for name, kind in _SECTIONS.items()
    }
    try:
        return Settings(**values)
    except ValueError as error:
        problems.append(f"{file}: {error}")
        return Settings(
            **{name: value for name, value in values.items() if name not in {"journal", "shard", *STORES}}
        )
