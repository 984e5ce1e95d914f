"""What listens where: the guide's tables in both languages, against compose, broker, units and settings."""

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from liangqu.cli.gateway import gateway as gateway_command
from liangqu.config.desk_choice import DeskChoice
from liangqu.config.schema import Http
from tests.deploy.deployment import FILES, compose
from tests.support.paths import ROOT

MAIN, ONE_X = map(compose, FILES)
PORT = re.compile(r"\$\{(\w+):-([\d.]+)\}:\$\{(\w+):-(\d+)\}:(\d+)")
GUIDES = {
    "guide.md": ("| in containers |", "| without containers |", "not published", "every address"),
    "guide.zh-CN.md": ("| 用容器时 |", "| 不用容器时 |", "不对外", "所有地址"),
}
INSIDE = {("mosquitto", 1883), ("influxdb", 8086)}
"""What containers ask each other: the broker without TLS, and the database."""


def table(guide: str, head: str) -> Iterator[list[str]]:
    """The cells of each row of the table with that head."""
    text = (ROOT / "docs" / guide).read_text("utf-8")
    rows = text.partition(head)[2].partition("\n\n")[0].splitlines()[2:]
    for row in rows:
        yield [cell.strip() for cell in row.strip("|").split("|")]


def published() -> dict[tuple[str, int], tuple[str, tuple[str, str]]]:
    """Service and port inside: the address outside by default, and the variables that change it."""
    found = {}
    for name, service in MAIN["services"].items():
        for written in service.get("ports", ()):
            match = PORT.fullmatch(written)
            assert match, f"{name}: {written}: an address by a variable, a port by a variable"
            assert match[4] == match[5], "outside as inside"
            found[name, int(match[5])] = (match[2], (match[1], match[3]))
    return found


@pytest.mark.parametrize("guide", GUIDES)
def test_the_containers_table_is_what_compose_publishes(guide: str) -> None:
    head, _, nowhere, _ = GUIDES[guide]
    told: dict[tuple[str, int], tuple[str, tuple[str, ...]]] = {}
    for what, port, address, opened, _ in table(guide, head):
        name = re.match(r"`(\w+)`", what)
        assert name
        told[name[1], int(port)] = (address, tuple(re.findall(r"`(\w+)`", opened)))

    assert {key for key, (address, _) in told.items() if address == nowhere} == INSIDE
    assert {key: value for key, value in told.items() if key not in INSIDE} == published()


def test_nothing_is_published_beyond_this_machine_untold() -> None:
    assert {address for address, _ in published().values()} == {"127.0.0.1"}
    assert not any("ports" in service for service in ONE_X["services"].values())
    assert not any("network_mode" in service for service in MAIN["services"].values())


def listening(file: Path, pattern: str) -> dict[int, str]:
    """Port and address of each line that opens one; without an address it is every one."""
    found = {}
    for line in re.findall(pattern, file.read_text("utf-8"), re.MULTILINE):
        port, _, address = line.partition(" ")
        found[int(port)] = address or "0.0.0.0"
    return found


@pytest.mark.parametrize("guide", GUIDES)
def test_the_table_without_containers_is_what_broker_units_and_settings_say(guide: str) -> None:
    _, head, _, everywhere = GUIDES[guide]
    told = {
        int(port): {everywhere: "0.0.0.0"}.get(address, address)
        for _, port, address, _, _ in table(guide, head)
    }
    doors = ROOT / "deploy" / "mosquitto"
    gateway = (ROOT / "deploy" / "liangqu-gateway.service").read_text("utf-8")
    address, port = re.findall(r"--listen ([\d.]+):(\d+)", gateway)[0]
    own_address, own_port = Http().listen.split(":")
    own_gateway, gateway_port = gateway_health().split(":")
    desk_address, desk_port = DeskChoice().listen.split(":")
    accounts = (ROOT / "deploy" / "influxdb1-accounts.sh").read_text("utf-8")
    database, database_port = re.findall(r"HTTP_BIND_ADDRESS=([\d.]+):(\d+)", accounts)[0]

    assert told == {
        **listening(doors / "debian.conf", r"^listener (.*)$"),
        **listening(doors / "remote.conf", r"^listener (.*)$"),
        int(port): address,
        int(own_port): own_address,
        int(desk_port): desk_address,
        int(gateway_port): own_gateway,
        int(database_port): database,
    }


def gateway_health() -> str:
    """Where it is, as the unit does not say otherwise."""
    default: str = inspect.signature(gateway_command).parameters["http"].default
    return default


OURS = ("liangqu", "history", "simulate", "backup", "desk")
USERS = {"mosquitto": "1883:1883", **dict.fromkeys(OURS, "10001:10001")}
"""Those whose image would start as root, or whose user owns files here. The others have their images'."""


def test_who_runs_as_whom_and_what_each_may_write() -> None:
    services = MAIN["services"]

    assert {name: service["user"] for name, service in services.items() if "user" in service} == USERS
    for name in USERS:
        assert (services[name]["read_only"], services[name]["cap_drop"]) == (True, ["ALL"]), name
    writable = {
        name: sorted(target for target in map(_writable, service["volumes"]) if target)
        for name, service in services.items()
    }
    assert writable == {name: ["/var/lib/liangqu"] for name in OURS} | {
        "backup": ["/backups", "/var/lib/liangqu"],
        "desk": ["/etc/liangqu", "/var/lib/liangqu"],
        "mosquitto": ["/mosquitto/data"],
        "influxdb": ["/etc/influxdb2", "/var/lib/influxdb2"],
        "grafana": ["/var/lib/grafana"],
    }


def _writable(written: str | dict[str, str]) -> str:
    """Where a mount that is not read only is; "" for one that is."""
    if isinstance(written, dict):
        return "" if written.get("read_only") else written["target"]
    return "" if written.endswith(":ro") else written.split(":")[1]


def test_checks_of_health_replace_each_other() -> None:
    """As one line each: podman-compose would append one list to the other."""
    for file in (MAIN, ONE_X):
        assert isinstance(file["services"]["influxdb"]["healthcheck"]["test"], str)
