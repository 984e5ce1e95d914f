"""Settings: one TOML file, each key overridable by the environment, mistakes reported by file and key."""

import os
import tomllib
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal, get_type_hints

import msgspec
from msgspec import Struct, structs

from ingest.mqtt.broker import Broker
from liangqu.config.errors import ProblemError
from liangqu.config.schema import (
    Alerts,
    CatalogueFiles,
    Hj212,
    Http,
    Influxdb,
    Ingest,
    JournalChoice,
    Mqtt,
    Section,
    Sqlite,
    StoreChoice,
    parse_earliest,
    parse_size,
)
from sensors.decoding.types import InputBounds
from sensors.durations import parse_duration
from sensors.excerpt import excerpt
from sensors.text import from_locale, parse_text, read_bytes, to_file_name
from sensors.toml_config import parse_toml

PREFIX = "LIANGQU_"
SILENT_CYCLES = 3
LARGEST_SECRET = 4096
_SECRETS = ("password", "token")


class SettingsError(ProblemError):
    """One clear line: which file or variable, which key, and why."""


_PATHS = {
    ("mqtt", "password_file"), ("mqtt", "ca_file"), ("mqtt", "cert_file"), ("mqtt", "key_file"),
    ("influxdb", "password_file"), ("influxdb", "token_file"), ("sqlite", "path"), ("journal", "path"),
    ("catalogue", "extra"), ("alerts", "rules"), ("alerts", "notify_file"),
}  # fmt: skip


class Settings(Struct, frozen=True, forbid_unknown_fields=True):
    """All settings; paths are resolved against the file that names them."""

    language: Literal["zh", "en"] = "zh"
    mqtt: Mqtt = Mqtt()
    ingest: Ingest = Ingest()
    hj212: Hj212 = Hj212()
    store: StoreChoice = StoreChoice()
    influxdb: Influxdb = Influxdb()
    sqlite: Sqlite = Sqlite()
    journal: JournalChoice = JournalChoice()
    http: Http = Http()
    catalogue: CatalogueFiles = CatalogueFiles()
    alerts: Alerts = Alerts()

    def __post_init__(self) -> None:
        """Refuse one file for two: neither takes what the other has written."""
        if (
            self.store.kind == "sqlite"
            and Path(self.sqlite.path).resolve() == Path(self.journal.path).resolve()
        ):
            raise ValueError(f"sqlite.path: {self.sqlite.path} is the journal.path too; name another file")

    def bounds(self) -> InputBounds:
        """The bounds of a message: its times and its size."""
        return InputBounds(
            earliest=parse_earliest(self.ingest.earliest),
            max_ahead=parse_duration(self.ingest.max_ahead),
            max_payload=parse_size(self.mqtt.max_payload),
            tolerated=self.hj212.tolerated(),
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
    values = _read(file) if file else {}
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


def _read(file: Path) -> dict[str, Any]:
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
        default = (
            {"sqlite": Sqlite().path, "journal": JournalChoice().path}.get(section) if key == "path" else ""
        )
        found = table.get(key, default)
        try:
            if isinstance(found, str) and found:
                table[key] = str(folder / to_file_name(found))
            elif isinstance(found, list):
                table[key] = [str(folder / to_file_name(i)) if isinstance(i, str) else i for i in found]
        except ValueError as error:
            raise ValueError(f"{section}.{key}: {error}") from None


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
            elif meant := _meant(section, sections):
                raise SettingsError(f"{variable}: there is no such setting; is it {meant}?")
            continue
        if section not in sections or key not in sections[section].__struct_fields__:
            raise SettingsError(f"{variable}: there is no setting {section}.{key}")
        yield (section, key), _value(variable, text, sections[section], key, is_path=(section, key) in _PATHS)


def _meant(name: str, sections: Mapping[str, Any]) -> str:
    """The variable that one with a single line between section and key stands for; "" when none is near."""
    section, _, key = name.partition("_")
    known = section in sections and key in getattr(sections[section], "__struct_fields__", ())
    return f"{PREFIX}{section}__{key}".upper() if known else ""


def _value(variable: str, text: str, section: type[Section], key: str, *, is_path: bool) -> Any:
    default = next(field for field in structs.fields(section) if field.name == key).default
    if isinstance(default, str):
        try:
            return text if is_path else from_locale(text)
        except ValueError as error:
            raise SettingsError(f"{variable}: {error}") from None
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (tomllib.TOMLDecodeError, RecursionError):
        raise SettingsError(f"{variable}: {excerpt(text)} is no TOML value such as {default!r}") from None


def _with_key(message: str) -> str:
    """Msgspec's message with its path in front: `mqtt.port: Expected int, got str`."""
    text, found, path = message.partition(" - at `$.")
    return f"{path.rstrip('`')}: {text.replace('`', '')}" if found else text.replace("`", "")
