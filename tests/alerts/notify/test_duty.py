"""Who is told: the file, the turns, the line of escalation, quiet hours."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from alerts.notify import config, duty
from alerts.notify.config import NotifyConfig, NotifyConfigError
from alerts.notify.duty import Recipient
from alerts.rules.definition import Category
from sensors.calendar import SHANGHAI
from sensors.model import Severity
from tests.support.alerting_harness import CATALOGUE
from tests.support.paths import ROOT

FILE = """\
[[channel]]
id = "wang-mail"
url = "mailtos://wang:very-secret@mail.example.org"
[[channel]]
id = "li-ding"
url = "dingtalk://secret-token"
[[channel]]
id = "hook"
webhook = "https://hook.example.org/secret-path"
secret = "s"
[[person]]
id = "wang"
name = "王"
channels = ["wang-mail"]
quiet = "22:00-07:00"
[[person]]
id = "li"
name = "李"
channels = ["li-ding"]
[duty]
people = ["wang", "li"]
since = 2026-03-02
[[route]]
to = ["duty"]
[[route]]
severity = "critical"
categories = ["exceedance"]
to = ["hook", "li"]
"""


def loaded(folder: Path, text: str = FILE) -> NotifyConfig:
    file = folder / "notify.toml"
    file.write_text(text, encoding="utf-8")
    return config.load(file)


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


TURNS = [
    pytest.param("2026-03-02 09:00", "wang", id="hand-over on Monday"),
    pytest.param("2026-03-02 08:59", "li", id="a minute before it, still the last week's"),
    pytest.param("2026-03-09 08:59", "wang", id="until the next Monday"),
    pytest.param("2026-03-09 09:00", "li", id="the next week"),
    pytest.param("2027-01-04 10:00", "wang", id="44 weeks on, an even number"),
]


@pytest.mark.parametrize(("moment", "person"), TURNS)
def test_the_week_decides_who_is_on_duty(moment: str, person: str, tmp_path: Path) -> None:
    line = duty.duty_order(loaded(tmp_path), local(moment))

    assert [each.id for each in line] == [person, {"wang": "li", "li": "wang"}[person]]


def test_a_calendar_names_the_person_of_a_day(tmp_path: Path) -> None:
    (tmp_path / "duty.csv").write_text("date,person\n2026-03-03,li\n2026-03-04,wang\n", encoding="utf-8")
    text = FILE.replace('people = ["wang", "li"]\nsince = 2026-03-02', 'calendar = "duty.csv"')

    line = duty.duty_order(loaded(tmp_path, text), local("2026-03-03 23:00"))

    assert [each.id for each in line] == ["li", "wang"]


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        pytest.param("2026-03-03,李\n".encode("gbk"), "not UTF-8 (byte 0xc0), it looks like GBK", id="GBK"),
        pytest.param("2026-03-03,li\n".encode("utf-16"), "it is UTF-16, not UTF-8", id="UTF-16"),
        pytest.param(b"2026-03-03,li\0\n", "line 1: not UTF-8 text (byte 0x00)", id="a NUL"),
        pytest.param(b"2026-03-03;li\n", "line 1: not date,person", id="semicolons"),
        pytest.param(b"2026/03/03,li\n", "line 1: not date,person", id="another date, and no header"),
        pytest.param(b"person,date\nli,2026-03-03\n", "line 1: not date,person", id="columns in turn"),
        pytest.param(b"2026-03-03," + b"l" * 200_000, "field larger than field limit", id="an endless cell"),
    ],
)
def test_a_calendar_that_is_no_text_is_named(raw: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "duty.csv").write_bytes(raw)

    with pytest.raises(NotifyConfigError) as error:
        loaded(tmp_path, FILE.replace('people = ["wang", "li"]\nsince = 2026-03-02', 'calendar = "duty.csv"'))

    assert f"duty: calendar: {tmp_path / 'duty.csv'}: " in str(error.value)
    assert words in str(error.value)


ROUTES = [
    pytest.param("info", "exceedance", set(), id="info: nobody"),
    pytest.param("watch", "exceedance", set(), id="watch: nobody"),
    pytest.param("warning", "exceedance", {("wang-mail", "wang")}, id="warning: the person on duty"),
    pytest.param(
        "critical",
        "exceedance",
        {("wang-mail", "wang"), ("hook", ""), ("li-ding", "li")},
        id="critical: the second route too",
    ),
    pytest.param("critical", "system", {("wang-mail", "wang")}, id="of another category"),
]


@pytest.mark.parametrize(("severity", "category", "told"), ROUTES)
def test_routes(severity: Severity, category: Category, told: set[tuple[str, str]], tmp_path: Path) -> None:
    found = duty.recipients(loaded(tmp_path), severity, category, "wujinku", local("2026-03-03 12:00"))

    assert {(each.channel, each.person) for each in found} == told


QUIET = [
    pytest.param("warning", "21:59", "21:59", id="before"),
    pytest.param("warning", "22:00", "07:00+1", id="begins"),
    pytest.param("warning", "03:00", "07:00", id="after midnight"),
    pytest.param("warning", "07:00", "07:00", id="over"),
    pytest.param("critical", "03:00", "03:00", id="critical wakes"),
]


@pytest.mark.parametrize(("severity", "due", "then"), QUIET)
def test_quiet_hours(severity: Severity, due: str, then: str, tmp_path: Path) -> None:
    clock, _, days = then.partition("+")
    expected = local(f"2026-03-0{3 + int(days or 0)} {clock}")

    found = duty.due_after_quiet(
        loaded(tmp_path), Recipient("wang-mail", "wang"), severity, local(f"2026-03-03 {due}")
    )

    assert found == expected


def test_quiet_hours_may_end_within_a_minute(tmp_path: Path) -> None:
    to, due = Recipient("wang-mail", "wang"), local("2026-03-03 07:00:10")
    rows = loaded(tmp_path, FILE.replace("07:00", "07:00:30"))

    found = duty.due_after_quiet(rows, to, "warning", due)

    assert found == local("2026-03-03 07:00:30")  # and not a day later


MISTAKES = [
    pytest.param(
        'people = ["wang", "li"]', 'people = ["zhao"]', 'duty: no [[person]] has the id "zhao"', id="duty"
    ),
    pytest.param(
        'to = ["duty"]', 'to = ["boss"]', 'to: "boss" is not a channel, person or "duty"', id="route"
    ),
    pytest.param('["li-ding"]', '["li-tel"]', 'no [[channel]] has the id "li-tel"', id="channel"),
    pytest.param('"22:00-07:00"', '"at night"', "is not a time such as 22:00-07:00", id="quiet"),
    *(
        pytest.param('"22:00-07:00"', f'"{hours}"', "is not a time such as 22:00-07:00", id=f"quiet {hours}")
        for hours in ("22:00+08:00-07:00+08:00", "22:00Z-07:00Z", "22:00-07:00-08:00", "22:00-24:00", "-")
    ),
    *(
        pytest.param(
            "since = 2026-03-02",
            f'handover = "{clock}"',
            "is not a time such as 09:00",
            id=f"handover {clock}",
        )
        for clock in ("09:00+08:00", "09:00Z", "09:00:00-05:00", "24:00", "")
    ),
    *(
        pytest.param(
            'id = "hook"',
            f'id = "{id_}"',
            "id: 1 to 64 visible characters",
            id=f"a channel called {id_[:9]!r}",
        )
        for id_ in ("", " ", "a\\u001b[31m", "a\\nb", "\\u202e", "x" * 65)
    ),
    pytest.param('id = "hook"', 'id = "duty"', 'id: "duty" is whoever is on duty', id="channel duty"),
    pytest.param('id = "li"', 'id = "duty"', 'id: "duty" is whoever is on duty', id="person duty"),
    pytest.param('["li-ding"]', "[]", "person li: channels: there is none", id="who can't be reached"),
    pytest.param('to = ["duty"]', "to = []", "route 1: to: nobody", id="a route to nobody"),
    pytest.param('people = ["wang", "li"]', "", 'nobody is on "duty"', id="nobody on duty"),
    pytest.param(
        'categories = ["exceedance"]',
        'categories = ["all"]',
        '"all" is not one of exceedance,',
        id="category",
    ),
    pytest.param(
        'id = "hook"', 'id = "hook"\nurl = "json://x"', "exactly one of url, webhook", id="two ways"
    ),
    pytest.param(
        'id = "hook"',
        'id = "hook"\nkind = "fax"',
        "kind: 'fax' is not one of apprise, mail, webhook,",
        id="kind",
    ),
    pytest.param(
        'id = "hook"',
        'id = "hook"\nkind = "mail"',
        'webhook: the kind is "mail": write the address as url',
        id="kind and key",
    ),
    pytest.param('secret = "s"', "secret = 5", "secret: must be text in quotes", id="type"),
    pytest.param(
        "[duty]", '[heartbeat]\nurl = "file:///etc"\n[duty]', "heartbeat.url: must begin with", id="heartbeat"
    ),
    pytest.param("[duty]", "[dutty]", "dutty: unknown key", id="unknown"),
]


@pytest.mark.parametrize(("right", "wrong", "words"), MISTAKES)
def test_a_mistake_is_named_and_no_address_shown(right: str, wrong: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(config.NotifyConfigError) as refused:
        loaded(tmp_path, FILE.replace(right, wrong))

    text = "\n".join(refused.value.problems)
    assert words in text
    assert "secret-token" not in text
    assert "very-secret" not in text


def test_a_site_of_a_route_that_is_not_in_the_catalogue_is_named(tmp_path: Path) -> None:
    sites = 'sites = ["taizicheng", "zone-city", "river-baihe", "_", "city", "taizichen"]'
    notify = loaded(tmp_path, FILE.replace('to = ["duty"]', f'to = ["duty"]\n{sites}'))

    assert [*config.unknown_sites(notify, CATALOGUE)] == [
        'notify_file: route 1: sites: no site, zone or river has the id "city"',
        'notify_file: route 1: sites: no site, zone or river has the id "taizichen"',
    ]


def test_only_scheme_and_host_of_an_address_are_shown(tmp_path: Path) -> None:
    rows = loaded(tmp_path).channels

    assert rows["wang-mail"].masked == "mailtos://mail.example.org"
    assert rows["hook"].masked == "https://hook.example.org"


def test_without_routes_warning_and_critical_reach_the_duty(tmp_path: Path) -> None:
    text = FILE[: FILE.index("[[route]]")]

    [route] = loaded(tmp_path, text).routes

    assert (route.to, route.severity) == (("duty",), "warning")


def test_the_file_that_is_shipped_as_an_example_is_one() -> None:
    from liangqu.config.factories import open_channels

    notify = config.load(ROOT / "deploy" / "notify.toml")

    assert set(open_channels(notify)) == {"wang-mail", "group", "centre"}
    assert notify.heartbeat is not None
