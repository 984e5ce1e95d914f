"""What `check` passes, `run` starts: random settings, most keys right, any of them wrong."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from liangqu.config.factories import open_catalogue
from liangqu.config.settings import read
from liangqu.service.service import Service
from liangqu.tasks.checking.mistakes import find_mistakes
from liangqu.terminal.reasons import reason_in_chinese
from tests.support.scale import scaled

TODAY = date(2026, 11, 27)
FILES = {
    "secret": "secret\n",
    "two-lines": "a\nb\n",
    "notify.toml": '[[channel]]\nid = "hook"\nwebhook = "http://127.0.0.1:1/"\n',
    "no-notify.toml": '[[route]]\nto = ["nobody"]\n',
    "sites.toml": '[[site]]\nid = "s"\nmedium = "air"\nzone = "city"\nname = { zh = "甲", en = "A" }\n',
    "no-sites.toml": '[[site]]\nid = "s"\nmedium = "fire"\n',
    "odd-basis.toml": '[[site]]\nid = "s"\nmedium = "air"\nzone = "city"\nbasis = "min"\n'
    'name = { zh = "甲", en = "A" }\n',
    "rules.toml": '[[rule]]\nid = "silent"\ncategory = "equipment"\nstatistic = "silence"\n'
    'levels = [{ severity = "watch", limit = 60 }]\nname = { zh = "甲", en = "A" }\n',
    "no-rules.toml": '[[rule]]\nid = "silent"\n',
    "idle-rules.toml": '[[rule]]\nid = "silent"\ncategory = "equipment"\nstatistic = "silence"\n'
    'media = ["water"]\nzones = ["city"]\nlevels = [{ severity = "watch", limit = 60 }]\n'
    'name = { zh = "甲", en = "A" }\n',
}


def mostly(right: "list[Any]", wrong: "list[Any]") -> st.SearchStrategy[Any]:
    """One of the right ones, five times in six."""
    return st.integers(0, 5).flatmap(lambda roll: st.sampled_from(right if roll else wrong))


KEYS: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "mqtt": {
        "host": mostly(["127.0.0.1", "::1", "localhost"], ["", "127.0.0.1:1883", "mqtt://a", "a b"]),
        "protocol": mostly(["5", "3.1.1"], ["4", 5]),
        "client_id": mostly(["a", "两区"], ["", " ", "a\nb"]),
        "prefix": mostly(["liangqu", "a/b"], ["", "#", "$SYS"]),
        "max_payload": mostly([1, "8MB", "256MB"], [0, "1TB", True]),
        "window": mostly([1, 1000, 65535], [0, 65536, "10"]),
        "session_expiry": mostly(["1s", "10000d"], ["0s", "7"]),
        "keepalive": mostly(["1s", "65535s"], ["0s", "1d 2h"]),
        "watchdog": mostly(["auto", "none", "1s"], ["", "0s"]),
        "username": mostly(["", "liangqu"], ["a\nb"]),
        "password_file": mostly(["", "secret"], ["two-lines", "nowhere"]),
        "ca_file": mostly([""], ["secret", "nowhere"]),
    },
    "ingest": {"earliest": mostly(["1900-01-01"], ["once"]), "max_age": mostly(["1s", "none"], ["never"])},
    "hj212": {"tolerate": mostly([[], ["crc"]], [["nope"], "crc"])},
    "store": {"kind": mostly(["sqlite", "influxdb"], ["influx"])},
    "sqlite": {"path": mostly(["a.db"], ["", "nowhere/a.db", "deep", "secret", "journal.db"])},
    "influxdb": {
        "url": mostly(["http://127.0.0.1:1"], ["127.0.0.1:8086", "http://", "ftp://a"]),
        "database": mostly(["a"], [""]),
        "token_file": mostly([""], ["secret", "nowhere"]),
        "compress": mostly(["auto", "always"], ["yes"]),
    },
    "journal": {
        "path": mostly(["journal.db"], ["", "nowhere/j.db", "deep", "secret", "a.db"]),
        "limit": mostly([1, "1000000GB"], [0, "huge"]),
        "quarantine_limit": mostly([1, "1MB"], [-1]),
    },
    "http": {
        "listen": mostly(["127.0.0.1:0", "", "localhost:0"], ["9464", ":0", "127.0.0.1"]),
        "public_url": mostly(["https://a.example.org"], ["a.example.org", "http://127.0.0.1:9464"]),
    },
    "catalogue": {
        "extra": mostly([[], ["sites.toml"]], [["no-sites.toml"], ["odd-basis.toml"], ["none"], "x"]),
    },
    "alerts": {
        "rules": mostly([[], ["rules.toml"]], [["no-rules.toml"], ["idle-rules.toml"], ["nowhere"]]),
        "page_max_age": mostly(["none", "1s"], ["", "6"]),
        "notify_file": mostly(["", "notify.toml"], ["no-notify.toml", "nowhere"]),
        "board_url": mostly(["", "https://a.example.org"], ["a"]),
    },
    "report": {"organisation": mostly(["", "某中心"], ["a\nb"])},
    "review": {"levels": mostly([1, 3], [0, 4])},
}  # fmt: skip
ANY = st.fixed_dictionaries(
    {}, optional={name: st.fixed_dictionaries({}, optional=keys) for name, keys in KEYS.items()}
)


def written(folder: Path, values: dict[str, dict[str, Any]]) -> Path:
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
        (folder / name).chmod(0o600)
    (folder / "deep").mkdir()
    lines = []
    for section, table in values.items():
        lines += [f"[{section}]", *(f"{key} = {as_toml(value)}" for key, value in table.items())]
    file = folder / "liangqu.toml"
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def as_toml(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(as_toml, value))}]"
    if isinstance(value, bool | int):
        return str(value).lower()
    return '"' + "".join(f"\\U{ord(sign):08X}" for sign in str(value)) + '"'


LISTENING = {"LIANGQU_MQTT__PORT": "1", "LIANGQU_JOURNAL__RESERVE": "16MB"}


@settings(max_examples=scaled(300), deadline=None, suppress_health_check=list(HealthCheck))
@given(ANY)
@example({"catalogue": {"extra": ["none"]}})
def test_what_check_passes_run_starts(
    tmp_path_factory: pytest.TempPathFactory, values: dict[str, dict[str, Any]]
) -> None:
    file = written(tmp_path_factory.mktemp("any"), values)
    values.setdefault("http", {}).setdefault("listen", "127.0.0.1:0")
    found = read(file, LISTENING | {"LIANGQU_HTTP__LISTEN": values["http"]["listen"]})
    findings = find_mistakes(found, TODAY)
    event("mistakes" if findings.mistakes else "starts")
    if not findings.mistakes:
        start(found.settings)
    else:
        assert all(": " in line and "\n" not in line for line in findings.mistakes)
        assert [line for line in findings.mistakes if not reason_in_chinese(line)] == []


def start(taken: Any) -> None:
    """As `run` does; what it would refuse is raised here."""
    service = Service(taken, open_catalogue(taken))
    service.start()
    try:
        assert not service.failed
        assert not service.refused
    finally:
        service.stop()
    assert not service.failed


@pytest.mark.parametrize("store", ["sqlite", "influxdb"])
def test_most_of_what_can_be_said_at_once_is_passed_and_starts(store: str, tmp_path: Path) -> None:
    """So that the property does not hold because nothing is ever passed."""
    right: dict[str, dict[str, Any]] = {
        "mqtt": {"host": "localhost", "protocol": "3.1.1", "username": "a", "password_file": "secret"},
        "store": {"kind": store},
        "http": {"public_url": "https://a.example.org"},
        "catalogue": {"extra": ["sites.toml"]},
        "alerts": {"rules": ["rules.toml"], "notify_file": "notify.toml"},
    }
    found = read(written(tmp_path, right), LISTENING | {"LIANGQU_HTTP__LISTEN": "127.0.0.1:0"})

    assert find_mistakes(found, TODAY).mistakes == ()
    start(found.settings)


@pytest.mark.parametrize(
    ("section", "key", "value", "words"),
    [
        pytest.param(
            "alerts", "rules", ["idle-rules.toml"],
            "alerts.rules: rule silent: zones and media: no place is so; it applies nowhere", id="idle rule",
        ),
        pytest.param(
            "catalogue", "extra", ["odd-basis.toml"],
            "catalogue: site s: basis: no minutes come once in 1 h;"
            ' leave basis out of its row, or say basis = "hour"',
            id="basis",
        ),
        pytest.param(
            "mqtt", "password_file", "two-lines",
            "mqtt.password_file: {}/two-lines: more than one line of 4096 bytes; a secret is one",
            id="secret",
        ),
        pytest.param(
            "alerts", "notify_file", "notify.toml",
            "http.public_url: people are notified, and no message has a link to its page;"
            " see docs/guide.md, chapter 7",
            id="no link",
        ),
    ],
)  # fmt: skip
def test_what_is_without_effect_is_a_mistake(
    section: str, key: str, value: Any, words: str, tmp_path: Path
) -> None:
    found = read(written(tmp_path, {section: {key: value}}), {})

    assert find_mistakes(found, TODAY).mistakes == (words.replace("{}", str(tmp_path)),)
