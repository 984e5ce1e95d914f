"""`liangqu approval --site`: days are approved, and each way to change one wants a reason, or shows."""

import shutil
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.journal import accounting, audit, inbox, quarantine
from ingest.journal.file import Journal
from ingest.journal.inbox import MOST_BYTES, InboxMessage
from sensors.model import Refused
from tests.liangqu.cli.test_approval import report
from tests.liangqu.cli.test_import import Place
from tests.liangqu.cli.test_report_late import OCTOBER, receive

DAY = "2026-10-01"
WHY = ("--reason", "补录", "--by", "赵六")
FILE = f"site,time,pm25\nwujinku,{(OCTOBER + timedelta(minutes=90)).isoformat()},90\n"
REVISED = f"site,time,pm25\nwujinku,{(OCTOBER + timedelta(hours=3)).isoformat()},91\n"
MARK = ("wujinku", "pm25", "2026-10-01T03:00", "2026-10-01T04:00")


def take(place: Place, step: str, by: str, *more: str) -> tuple[int, str]:
    code, text = place.run("approval", step, "--site", "wujinku", "--day", DAY, "--by", by, *more)
    return code, text.strip()


def approve(place: Place) -> None:
    for step, by in (("submit", "张三"), ("approve", "李四"), ("approve", "王五")):
        assert take(place, step, by)[0] == 0


@pytest.fixture(scope="module")
def approved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a station whose first day of October is approved, for each test to copy."""
    folder = tmp_path_factory.mktemp("approved")
    place = Place(folder)
    receive(folder, "wujinku", [hour for hour in range(30) if hour != 5])
    approve(place)
    return folder


@pytest.fixture
def place(approved: Path, tmp_path: Path) -> Place:
    shutil.copytree(approved, tmp_path, dirs_exist_ok=True)
    return Place(tmp_path)


def state(place: Place) -> list[str]:
    return [line.strip() for line in place.run("approval", "list", "--site", "wujinku")[1].splitlines()]


def quarantined(place: Place) -> None:
    """A reading of that day came on a topic that nobody knew."""
    with closing(Journal(place.folder / "journal.db")) as journal, journal.transaction() as connection:
        body = f'{{"time": "{(OCTOBER + timedelta(hours=5)).isoformat()}", "values": {{"pm25": 9}}}}'
        inbox.add(connection, [InboxMessage("liangqu/air/nowhere", body.encode(), datetime.now(UTC))])
    receive(place.folder, "yunding", [0])


@pytest.mark.parametrize(
    ("words", "why", "told"),
    [
        pytest.param(["import", FILE], WHY, "an import, 赵六: 补录", id="import of what was missing"),
        pytest.param(
            ["import", REVISED, "--on-conflict", "revise"],
            WHY,
            "an import, 赵六: 补录",
            id="import of a revision",
        ),
        pytest.param(
            ["recompute", "--site", "wujinku", "--from", DAY, "--to", DAY],
            WHY,
            "a recompute, 赵六: 补录",
            id="recompute",
        ),
        pytest.param(
            ["quarantine", "replay", "--all", "--topic", "liangqu/air/wujinku"],
            ("--why", "补录", "--by", "赵六"),
            "a replay from the quarantine, 赵六: 补录",
            id="replay",
        ),
    ],
)
def test_each_way_to_change_an_approved_day_wants_a_reason_and_shows(
    words: list[str], why: tuple[str, ...], told: str, place: Place
) -> None:
    if words[0] == "quarantine":
        quarantined(place)
    words = [place.file(word) if "\n" in word else word for word in words]
    before = place.readings()

    code, text = place.run(*words)
    assert (code > 0, f"wujinku {DAY} is approved; {why[0]} and --by say why" in text) == (True, True), text
    assert place.readings() == before
    assert state(place) == [f"wujinku {DAY}: approved, by 王五"]
    code, text = place.run(*words, *why)

    assert code == 0, text
    first, change = state(place)
    assert first == f"wujinku {DAY}: changed since, to be submitted anew"
    assert change.endswith(told)
    approve(place)
    assert state(place) == [f"wujinku {DAY}: approved, by 王五"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param('{{"time": "{time}", "values": {{"pm25": 9}}}}', id="older than is taken when it comes"),
        pytest.param(
            "["
            + 2 * f'{{{{"x": "{"x" * (MOST_BYTES // 2)}"}}}},'
            + '{{"time": "{time}", "values": {{"pm25": 9}}}}]',
            id="worked on in pieces",
        ),
    ],
)
def test_what_only_a_replay_takes_wants_a_reason_too(body: str, place: Place) -> None:
    time = OCTOBER + timedelta(hours=5)
    payload = body.format(time=time.isoformat()).encode()
    message = InboxMessage("liangqu/air/wujinku", payload, time + timedelta(days=90))
    with closing(Journal(place.folder / "journal.db")) as journal, journal.transaction() as connection:
        quarantine.add(connection, message, [Refused("time_too_old", "")], 10**8)
        accounting.add(connection, {"items": 1})

    code, text = place.run("quarantine", "replay", "--all")
    assert (code > 0, f"wujinku {DAY} is approved; --why and --by say why" in text) == (True, True), text

    assert place.run("quarantine", "replay", "--all", "--why", "补录", "--by", "赵六")[0] == 0
    with closing(Journal(place.folder / "journal.db")) as journal, journal.snapshot() as connection:
        newest = audit.read_audit(connection, limit=2)
    assert [(row.what, row.who, row.why) for row in newest if row.what.startswith("quarantine")] == [
        ("quarantine_replayed", "赵六", "补录")
    ]
    assert "approved_replay" not in {row.what for row in newest}  # no month's report is approved


def test_marks_have_a_reason_and_show(place: Place) -> None:
    assert place.run("mark", *MARK, "--as", "invalid", "--reason", "校准", "--by", "钱七")[0] == 0
    assert place.run("unmark", *MARK, "--reason", "误标", "--by", "孙八")[0] == 0

    shown = state(place)
    assert shown[0] == f"wujinku {DAY}: changed since, to be submitted anew"
    assert [line[18:] for line in shown[1:]] == ["a mark, 钱七: 校准", "a mark, 孙八: 误标"]


def test_marks_of_an_exported_file_show(place: Place, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    shutil.copytree(tmp_path, other, dirs_exist_ok=True, ignore=shutil.ignore_patterns("other"))
    assert Place(other).run("mark", *MARK, "--as", "invalid", "--reason", "校准", "--by", "钱七")[0] == 0
    out = str(tmp_path / "marked.csv")
    assert Place(other).run("export", "wujinku", "--from", DAY, "--to", "2026-10-03", "--out", out)[0] == 0

    assert place.run("import", out)[0] == 0

    assert "a mark, 钱七: 校准" in state(place)[1]


@pytest.mark.parametrize(
    ("hour", "value", "told"), [(5, 20, "late readings"), (3, 77, "revisions")], ids=["late", "revised"]
)
def test_what_comes_late_or_again_is_stored_and_shows(hour: int, value: int, told: str, place: Place) -> None:
    receive(place.folder, "wujinku", [hour], value=value)

    assert ("wujinku", "pm25", OCTOBER + timedelta(hours=hour), value) in place.readings()
    shown = state(place)
    assert shown[0] == f"wujinku {DAY}: changed since, to be submitted anew"
    assert shown[1].endswith(told)
    assert "days changed since they were submitted: 1" in place.run("status")[1]


def test_the_next_report_says_which_days_changed_and_by_what(place: Place) -> None:
    receive(place.folder, "wujinku", [5], value=20)
    place.run("recompute", "--site", "wujinku", "--from", DAY, "--to", DAY, *WHY)

    page = (report(place) / "report.html").read_text(encoding="utf-8")

    assert "五金库：提交审核的 1 天中已批准 0 天。" in page
    assert f"五金库：提交审核后有变化的日期：{DAY}（迟到数据、重算：补录、赵六）。" in page


def test_an_export_as_of_then_is_that_of_then(place: Place) -> None:
    span = ("export", "wujinku", "--from", DAY, "--to", "2026-10-03")
    then = datetime.now(UTC)
    before = place.run(*span)[1]
    place.run("mark", *MARK, "--as", "invalid", "--reason", "校准", "--by", "钱七")
    place.run("import", place.file(REVISED), "--on-conflict", "revise", *WHY)

    assert place.run(*span)[1] != before
    assert place.run(*span, "--as-of", then.isoformat()) == (0, before)
    code, text = place.run(*span, "--as-of", "2100-01-01")
    assert (code, "that time is still to come" in text) == (2, True)


def test_each_level_has_its_own_people(tmp_path: Path) -> None:
    place = Place(tmp_path, '[review]\nlevels = 2\nstation = ["李四"]\ncity = ["王五", "赵六"]\n')
    take(place, "submit", "张三")

    assert take(place, "approve", "王五") == (1, "王五 may not approve at level 1; [review] names 李四")
    assert take(place, "approve", "李四")[0] == 0
    assert take(place, "return", "赵六", "--reason", "缺数") == (0, f"wujinku {DAY}: returned by 赵六: 缺数")
    with closing(Journal(tmp_path / "journal.db")) as journal, journal.snapshot() as connection:
        rows = [(one.what, one.who, one.objects, one.why) for one in audit.read_audit(connection)]
    assert rows[0] == ("approval_returned", "赵六", ("wujinku", DAY), "缺数")
    assert [row[0] for row in rows] == ["approval_returned", "approval_approved", "approval_submitted"]
