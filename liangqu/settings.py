"""Settings: one TOML, each key overridable by the environment, every mistake named by file and key."""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal, get_type_hints

import msgspec
from msgspec import Struct, structs

from ingest.mqtt.broker import Broker
from liangqu.errors import ProblemError
from sensors.durations import parse_duration
from sensors.messages import Bounds
from sensors.times import SHANGHAI

PREFIX = "LIANGQU_"
_SIZE = re.compile(r"(\d+)\s*([kMG]?)B?")
_SIZE_UNITS = {"": 1, "k": 1024, "M": 1024**2, "G": 1024**3}
_SECRETS = ("password", "token")


class SettingsError(ProblemError):
    """One clear line: which file or variable, which key, and why."""


class Section(Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the settings file; durations and sizes are text, checked when the table is made."""

    def __post_init__(self) -> None:
        """Refuse durations and sizes that cannot be read."""
        for key in _DURATIONS.get(type(self).__name__, ()):
            _checked(key, getattr(self, key), parse_duration)
        for key in _SIZES.get(type(self).__name__, ()):
            _checked(key, getattr(self, key), parse_size)


class Mqtt(Section, frozen=True):
    """The broker. `window` is how many unacknowledged messages the broker may send ahead."""

    host: str = "127.0.0.1"
    port: int = 1883
    protocol: Literal["5", "3.1.1"] = "5"
    client_id: str = "liangqu"
    prefix: str = "liangqu"
    max_payload: str | int = "256kB"
    window: int = 1000
    session_expiry: str = "7d"
    username: str = ""
    password: str = ""
    password_file: str = ""
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""


class Ingest(Section, frozen=True):
    """Which times are believed: not before `earliest`, not more than `max_ahead` after the receipt."""

    earliest: str = "2000-01-01"
    max_ahead: str = "5m"

    def __post_init__(self) -> None:
        """Refuse an unreadable date too."""
        Section.__post_init__(self)
        _checked("earliest", self.earliest, datetime.fromisoformat)


class StoreChoice(Section, frozen=True):
    """Which store keeps the readings."""

    kind: Literal["sqlite", "influxdb"] = "sqlite"


class Influxdb(Section, frozen=True):
    """InfluxDB 1.x (username, password) or 2.x (token, org)."""

    url: str = "http://127.0.0.1:8086"
    database: str = "liangqu"
    username: str = ""
    password: str = ""
    password_file: str = ""
    token: str = ""
    token_file: str = ""
    org: str = ""
    timeout: str = "10s"


class Sqlite(Section, frozen=True):
    """The embedded store's file."""

    path: str = "liangqu.db"


class JournalChoice(Section, frozen=True):
    """The file of all local state; above `limit` nothing more is acknowledged."""

    path: str = "journal.db"
    limit: str | int = "4GB"
    quarantine_limit: str | int = "256MB"


class Http(Section, frozen=True):
    """Where health and metrics are served; "" serves none."""

    listen: str = "127.0.0.1:9464"
    public_url: str = ""


class CatalogueFiles(Section, frozen=True):
    """Catalogue files added to what is shipped."""

    extra: tuple[str, ...] = ()


class Alerts(Section, frozen=True):
    """Rules added to what is shipped, and from what age on nobody is woken."""

    rules: tuple[str, ...] = ()
    page_max_age: str = "6h"
    notify_file: str = ""

    def __post_init__(self) -> None:
        """Durations, or "none" for replays and tests."""
        if self.page_max_age != "none":
            _checked("page_max_age", self.page_max_age, parse_duration)


_DURATIONS = {"Mqtt": ("session_expiry",), "Ingest": ("max_ahead",), "Influxdb": ("timeout",)}
_SIZES = {"Mqtt": ("max_payload",), "JournalChoice": ("limit", "quarantine_limit")}
_PATHS = {
    ("mqtt", "password_file"), ("mqtt", "ca_file"), ("mqtt", "cert_file"), ("mqtt", "key_file"),
    ("influxdb", "password_file"), ("influxdb", "token_file"), ("sqlite", "path"), ("journal", "path"),
    ("catalogue", "extra"), ("alerts", "rules"), ("alerts", "notify_file"),
}  # fmt: skip


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that can be set; paths are resolved against the file that names them."""

    language: Literal["zh", "en"] = "zh"
    mqtt: Mqtt = Mqtt()
    ingest: Ingest = Ingest()
    store: StoreChoice = StoreChoice()
    influxdb: Influxdb = Influxdb()
    sqlite: Sqlite = Sqlite()
    journal: JournalChoice = JournalChoice()
    http: Http = Http()
    catalogue: CatalogueFiles = CatalogueFiles()
    alerts: Alerts = Alerts()

    def bounds(self) -> Bounds:
        """What a message may be: its times and its size."""
        earliest = datetime.fromisoformat(self.ingest.earliest)
        if earliest.tzinfo is None:
            earliest = earliest.replace(tzinfo=SHANGHAI)
        return Bounds(
            earliest=earliest.astimezone(UTC),
            max_ahead=parse_duration(self.ingest.max_ahead),
            max_payload=parse_size(self.mqtt.max_payload),
        )

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
        )

    def session_expiry(self) -> timedelta:
        """How long the broker keeps our session while we are away."""
        return parse_duration(self.mqtt.session_expiry)


def parse_size(text: str | int) -> int:
    """`4GB`, `256MB`, `64kB` or a number of bytes; the units are powers of 1024.

    Raises:
        ValueError: it is none of these, or 0.
    """
    found = _SIZE.fullmatch(str(text).strip())
    size = int(found[1]) * _SIZE_UNITS[found[2]] if found else 0
    if size <= 0:
        raise ValueError(f"{text!r} is no size such as 256MB")
    return size


def read_secret(key: str, file: str) -> str:
    """A secret's file without its last line end; "" when none is named.

    Raises:
        SettingsError: the file cannot be read.
    """
    if not file:
        return ""
    try:
        return Path(file).read_text(encoding="utf-8").rstrip("\r\n")
    except OSError as error:
        raise SettingsError(f"{key}: {file}: {error.strerror}") from None


def load(file: Path | None, environment: Mapping[str, str] = os.environ) -> Settings:
    """Read the settings: defaults, then the file (`LIANGQU_CONFIG` when None), then the environment.

    Raises:
        SettingsError: something is wrong with them; one line says what and where.
    """
    if file is None and environment.get("LIANGQU_CONFIG"):
        file = Path(environment["LIANGQU_CONFIG"])
    values = _read(file) if file else {}
    name = str(file) if file else "settings"
    _resolve(values, file.parent.resolve() if file else Path.cwd())
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


def _read(file: Path) -> dict[str, Any]:
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingsError(f"{file}: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: {error}") from None
    for section, table in values.items():
        for secret in _SECRETS:
            if isinstance(table, dict) and secret in table:
                raise SettingsError(
                    f"{file}: {section}.{secret}: a secret does not stand here; name a file ({secret}_file)"
                    f" or set {PREFIX}{section.upper()}__{secret.upper()}"
                )
    return values


def _resolve(values: dict[str, Any], folder: Path) -> None:
    """Make the paths that are set absolute, and the default ones of the two databases too."""
    for section, key in sorted(_PATHS):
        table = values.setdefault(section, {})
        if not isinstance(table, dict):
            continue
        default = {"sqlite": Sqlite().path, "journal": JournalChoice().path}.get(section) if key == "path" else ""
        found = table.get(key, default)
        if isinstance(found, str) and found:
            table[key] = str(folder / found)
        elif isinstance(found, list):
            table[key] = [str(folder / item) if isinstance(item, str) else item for item in found]


def _overrides(environment: Mapping[str, str]) -> Iterator[tuple[tuple[str, str], Any]]:
    """((section, key), value) of every variable that is a key of the settings."""
    sections = get_type_hints(Settings)
    for variable, text in environment.items():
        if not variable.startswith(PREFIX):
            continue
        section, _, key = variable.removeprefix(PREFIX).lower().partition("__")
        if not key:
            if section == "language":
                yield ("", "language"), text
            continue
        if section not in sections or key not in sections[section].__struct_fields__:
            raise SettingsError(f"{variable}: there is no setting {section}.{key}")
        yield (section, key), _value(variable, text, sections[section], key)


def _value(variable: str, text: str, section: type[Section], key: str) -> Any:
    default = next(field for field in structs.fields(section) if field.name == key).default
    if isinstance(default, str):
        return text
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        raise SettingsError(f"{variable}: {text!r} is no TOML value such as {default!r}") from None


def _checked(key: str, text: Any, parse: Any) -> None:
    try:
        parse(text)
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None


def _with_key(message: str) -> str:
    """msgspec's message with its path in front: `mqtt.port: Expected int, got str`."""
    text, found, path = message.partition(" - at `$.")
    return f"{path.rstrip('`')}: {text.replace('`', '')}" if found else text.replace("`", "")
