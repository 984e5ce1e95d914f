import stat
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alerts.notify import config
from alerts.notify.duty_calendar import with_duty_days
from liangqu.config.errors import ProblemError
from liangqu.config.settings import Settings, load
from liangqu.tasks.duty import assign_days, duty_days, set_quiet_hours

MONDAY = date(2026, 11, 23)
NOTIFY = """\
# Who is notified.
[[channel]]
id = "hook"
webhook = "http://127.0.0.1:9/"

[[person]]                 # the first
id = "wang"
name = "王"
channels = ["hook"]
quiet = "22:00-07:00"      # sleeps

[[person]]
id = "li"
name = "李"
channels = ["hook"]

[duty]                     # in turns
people = ["wang", "li"]
since = 2026-11-23
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    notify = tmp_path / "notify.toml"
    notify.write_text(NOTIFY, encoding="utf-8")
    notify.chmod(0o600)
    file = tmp_path / "liangqu.toml"
    file.write_text('[alerts]\nnotify_file = "notify.toml"\n', encoding="utf-8")
    return load(file)


def who(settings: Settings, number: int) -> list[tuple[str, bool]]:
    notify = config.load(Path(settings.alerts.notify_file))
    return [
        (each.person.id if each.person else "", each.in_calendar)
        for each in duty_days(notify, MONDAY, number)
    ]


def test_weeks_in_turn_and_a_day_that_was_swapped(settings: Settings) -> None:
    assert who(settings, 8) == [*[("wang", False)] * 7, ("li", False)]

    assign_days(settings, [MONDAY + timedelta(days=2), MONDAY + timedelta(days=3)], "li")

    expected = [("wang", False)] * 7 + [("li", False)]
    expected[2:4] = [("li", True)] * 2
    assert who(settings, 8) == expected


def test_what_people_wrote_stays(settings: Settings) -> None:
    notify = Path(settings.alerts.notify_file)
    set_quiet_hours(settings, "li", "23:00-06:30", "critical")
    set_quiet_hours(settings, "wang", "", "warning")
    assign_days(settings, [MONDAY], "li")
    text = notify.read_text(encoding="utf-8")
    added = {'quiet = "23:00-06:30"', 'quiet_below = "warning"', 'calendar = "duty.csv"'}
    left = [line for line in text.splitlines() if line not in added]
    assert (
        left == NOTIFY.replace('quiet = "22:00-07:00"      # sleeps', 'quiet = ""      # sleeps').splitlines()
    )
    assert stat.S_IMODE(notify.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param(lambda s: assign_days(s, [MONDAY], "zhao"), "nobody in the notify file", id="nobody"),
        pytest.param(lambda s: set_quiet_hours(s, "li", "22-7h", "critical"), "22:00-07:00", id="no hours"),
        pytest.param(
            lambda s: set_quiet_hours(s, "li", "", "loud"),  # type: ignore[arg-type]
            "quiet_below",
            id="no severity",
        ),
    ],
)
def test_what_cannot_be_changes_nothing(settings: Settings, change: object, said: str) -> None:
    with pytest.raises(ProblemError, match=said):
        change(settings)  # type: ignore[operator]
    assert Path(settings.alerts.notify_file).read_text(encoding="utf-8") == NOTIFY


def test_without_a_notify_file_it_is_said(tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match="notify_file"):
        assign_days(load(None, {}), [MONDAY], "li")


@given(
    st.dictionaries(st.dates(MONDAY, MONDAY + timedelta(days=40)), st.sampled_from(["wang", "li"])),
    st.lists(st.dates(MONDAY, MONDAY + timedelta(days=40)), max_size=9),
)
def test_a_calendar_with_other_days_has_all_the_rest(former: dict[date, str], days: list[date]) -> None:
    text = b""
    for day, person in former.items():
        text = with_duty_days(text, [day], person)
    changed = with_duty_days(text, days, "zhao").decode().splitlines()
    found = dict(line.split(",") for line in changed[1:])
    assert found == {**{day.isoformat(): name for day, name in former.items()}} | {
        day.isoformat(): "zhao" for day in days
    }
    assert changed[0] == "date,person"


def test_a_day_that_stands_twice_or_written_otherwise_is_changed_wherever_it_stands() -> None:
    """Of two lines of a day the last counts when it is read."""
    former = b"date,person\n2026-11-23,wang\n20261124,wang\n2026-11-23,li\nsoon,wang\n"
    days = [MONDAY, MONDAY + timedelta(days=1)]

    assert with_duty_days(former, days, "zhao").decode().splitlines()[1:] == [
        "2026-11-23,zhao", "20261124,zhao", "2026-11-23,zhao", "soon,wang"
    ]  # fmt: skip
