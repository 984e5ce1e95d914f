"""Settings: one TOML file, each key overridable by the environment, mistakes reported by file and key."""

import os
import tomllib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints

import msgspec
from msgspec import Struct, defstruct, structs

from ingest.mqtt.broker import Broker
from ingest.sites.clock import ClockLimits
from ingest.stores.base import StoreSection
from ingest.stores.registry import STORES
from liangqu.config.errors import ProblemError
from liangqu.config.schema import (
    Alerts,
    CatalogueFiles,
    Hj212,
    Http,
    Ingest,
    JournalChoice,
    Mqtt,
    ReportHead,
    ReviewRule,
    StationAccounts,
    StoreChoice,
    parse_earliest,
)
from sensors.decoding.types import InputBounds
from sensors.durations import parse_duration, parse_limit
from sensors.excerpt import excerpt
from sensors.model import Language
from sensors.section import Section, parse_size
from sensors.text import from_locale, parse_text, read_bytes, to_file_name
from sensors.toml_config import parse_toml

PREFIX = "LIANGQU_"
SILENT_CYCLES = 3
LARGEST_SECRET = 4096
_SECRETS = ("password", "token")


class SettingsError(ProblemError):
    """One clear line: which file or variable, which key, and why."""


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
    ingest: Ingest = Ingest()
    hj212: Hj212 = Hj212()
    store: StoreChoice = StoreChoice()
    journal: JournalChoice = JournalChoice()
    http: Http = Http()
    catalogue: CatalogueFiles = CatalogueFiles()
    stations: StationAccounts = StationAccounts()
    alerts: Alerts = Alerts()
    report: ReportHead = ReportHead()
    review: ReviewRule = ReviewRule()

    def __post_init__(self) -> None:
        """Refuse one file for two: neither takes what the other has written."""
        section, journal = self.store_section(), Path(self.journal.path).resolve()
        for key in section.paths:
            file = getattr(section, key)
            if file and Path(file).resolve() == journal:
                raise ValueError(
                    f"{self.store.kind}.{key}: {file} is the journal.path too; name another file"
                )

    def store_section(self) -> StoreSection:
        """The table of the store that is chosen, secrets as they stand in it."""
        section: StoreSection = getattr(self, self.store.kind)
        return section

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
        return Broker(
            host=m.host,
            port=m.port,
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
_PATHS = {(name, key) for name, section in _SECTIONS.items() for key in section.paths}


def read_secrets(settings: Settings) -> Iterator[tuple[str, str]]:
    """Every secret that a file is named for, as `section.key` and what is in it.

    Raises:
        SettingsError: as `read_secret`.
    """
    for name, key in sorted(_PATHS):
        if key.removesuffix("_file") in _SECRETS:
            yield f"{name}.{key}", read_secret(f"{name}.{key}", getattr(getattr(settings, name), key))


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


def load(file: Path | None, environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings: defaults, then the file (`LIANGQU_CONFIG` when None), then the environment.

    Raises:
        SettingsError: something is wrong with them; one line says what and where.
    """
    if file is None and environment.get("LIANGQU_CONFIG"):
        file = Path(environment["LIANGQU_CONFIG"])
    values = _read_tables(file) if file else {}
    name = str(file) if file else "settings"
    try:
        _resolve(values, file.parent.resolve() if file else Path.cwd())
    except ValueError as error:
        raise SettingsError(f"{name}: {error}") from None
    overrides = dict(_overrides(environment))
    for (section, key), value in overrides.items():
        if section:
            values.setdefault(section, {})[key] = value
        else:
            values[key] = value
    try:
        return msgspec.convert(values, Settings)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{name}: {_with_key(str(error))}") from None


def _read_tables(file: Path) -> dict[str, Any]:
    try:
        values = parse_toml(read_bytes(file))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{file}: {getattr(error, 'strerror', None) or error}") from None
    for section, table in values.items():
        for secret in _SECRETS:
            if isinstance(table, dict) and secret in table:
                raise SettingsError(
                    f"{file}: {section}.{secret}: a secret does not stand here; name a file ({secret}_file)"
                    f" or set {PREFIX}{section.upper()}__{secret.upper()}"
                )
    return values


def _resolve(values: dict[str, Any], folder: Path) -> None:
    """Make the paths that are set absolute, and the default ones of the two databases too.

    Raises:
        ValueError: one is not a file name.
    """
    for section, key in sorted(_PATHS):
        table = values.setdefault(section, {})
        if not isinstance(table, dict):
            continue
        found = table.get(key, getattr(_SECTIONS[section](), key))
        try:
            if isinstance(found, str) and found:
                table[key] = str(folder / to_file_name(found))
            elif isinstance(found, list):
                table[key] = [str(folder / to_file_name(i)) if isinstance(i, str) else i for i in found]
        except ValueError as error:
            raise ValueError(f"{section}.{key}: {error}") from None


def _overrides(environment: Mapping[str, str]) -> Iterator[tuple[tuple[str, str], Any]]:
    """((section, key), value) of every variable that is a key of the settings."""
    for variable, text in environment.items():
        if not variable.startswith(PREFIX):
            continue
        section, _, key = variable.removeprefix(PREFIX).lower().partition("__")
        if not key:
            if section == "language":
                yield ("", "language"), text
            elif suggestion := _suggestion(section, _SECTIONS):
                raise SettingsError(f"{variable}: there is no such setting; is it {suggestion}?")
            continue
        if section not in _SECTIONS or key not in _SECTIONS[section].__struct_fields__:
            raise SettingsError(f"{variable}: there is no setting {section}.{key}")
        yield (
            (section, key),
            _parse_value(variable, text, _SECTIONS[section], key, is_path=(section, key) in _PATHS),
        )


def _suggestion(name: str, sections: Mapping[str, Any]) -> str:
    """The variable that one with a single line between section and key stands for; "" when none is near."""
    section, _, key = name.partition("_")
    known = section in sections and key in getattr(sections[section], "__struct_fields__", ())
    return f"{PREFIX}{section}__{key}".upper() if known else ""


def _parse_value(variable: str, text: str, section: type[Section], key: str, *, is_path: bool) -> Any:
    default = next(field for field in structs.fields(section) if field.name == key).default
    if isinstance(default, str):
        try:
            return text if is_path else from_locale(text)
        except ValueError as error:
            raise SettingsError(f"{variable}: {error}") from None
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        raise SettingsError(f"{variable}: {excerpt(text)} is not a TOML value such as {default!r}") from None


def _with_key(message: str) -> str:
    """Msgspec's message with its path in front: `mqtt.port: Expected int, got str`."""
    text, found, path = message.partition(" - at `$.")
    return f"{path.rstrip('`')}: {text.replace('`', '')}" if found else text.replace("`", "")
