from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from alerts.notify import config
from ingest.journal import requests
from ingest.journal.audit import read_audit
from liangqu.desk.desk import Desk
from sensors.calendar import SHANGHAI
from tests.liangqu.desk.forms import send

NOTIFY = """\
[[channel]]
id = "hook"
webhook = "http://127.0.0.1:9/secret"

[[person]]
id = "wang"
name = "王晓明"
channels = ["hook"]

[[person]]
id = "li"
name = "李芳"
channels = ["hook"]

[duty]
people = ["wang", "li"]
since = 2026-11-23
"""


@pytest.fixture
def notify_file(desk: Desk) -> Path:
    """Named by the settings before the desk reads them again."""
    folder = Path(desk.files.settings.journal.path).parent
    file = folder / "notify.toml"
    file.write_text(NOTIFY, encoding="utf-8")
    with (folder / "liangqu.toml").open("a", encoding="utf-8") as settings:
        settings.write('[alerts]\nnotify_file = "notify.toml"\n')
    desk.read_again()
    return file


def test_who_is_on_duty_is_shown_by_name_and_no_address_is(
    client: TestClient, desk: Desk, notify_file: Path
) -> None:
    page = client.get("/duty").text
    assert page.count("王晓明") >= 7
    assert "secret" not in page


def test_a_swap_is_in_the_calendar_the_audit_list_and_a_request_to_read_it(
    client: TestClient, desk: Desk, notify_file: Path
) -> None:
    day = desk.clock().astimezone(SHANGHAI).date() + timedelta(days=1)
    assert send(client, "/duty", do="assign", first=str(day), person="li") == (303, "/duty?said=assigned")
    assert config.load(notify_file).calendar == {day: "li"}
    with desk.snapshot() as connection:
        assert requests.newest_reload(connection) is not None
        assert [(row.what, row.objects) for row in read_audit(connection)] == [("duty_assigned", ("li",))]


def test_quiet_hours(client: TestClient, desk: Desk, notify_file: Path) -> None:
    found = send(client, "/duty", do="quiet", person="li", start="22:30", end="06:00", below="warning")
    assert found == (303, "/duty?said=quiet_set")
    person = config.load(notify_file).people["li"]
    assert (person.quiet, person.quiet_below) == ("22:30-06:00", "warning")


def test_a_test_is_the_request_that_the_command_writes(
    client: TestClient, desk: Desk, notify_file: Path
) -> None:
    status, there = send(client, "/duty", do="test")
    with desk.snapshot() as connection:
        (request,) = requests.pending(connection)
    assert (status, request.what) == (303, "alerts_test")
    assert request.body["episode"] in there
    assert "hook" in client.get(there).text


def test_tests_rest_for_a_minute_whoever_sends_them(
    client: TestClient, desk: Desk, notify_file: Path
) -> None:
    """They reach every telephone: the second within a minute is refused, also after one by command."""
    half = timedelta(seconds=30)
    with desk.journal.transaction() as connection:
        requests.submit(connection, "alerts_test", {"by": "wang", "episode": "t1"}, desk.clock() - half)
    status, said = send(client, "/duty", do="test")
    assert (status, "请 30 秒后再试" in said) == (422, True)
    with desk.snapshot() as connection:
        assert len(requests.pending(connection)) == 1


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        pytest.param({"do": "assign", "first": "soon", "person": "li"}, "请填写日期", id="no day"),
        pytest.param({"do": "assign", "first": "2026-01-01", "person": "li"}, "已过去", id="past"),
        pytest.param(
            {"do": "assign", "first": "2026-12-01", "last": "2027-12-01", "person": "li"}, "31", id="long"
        ),
        pytest.param({"do": "assign", "first": "2026-12-01", "person": "zhao"}, "zhao", id="nobody"),
        pytest.param({"do": "quiet", "person": "li", "start": "22:00", "end": ""}, "开始和结束", id="half"),
        pytest.param({"do": "dance"}, "dance", id="unknown"),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(
    client: TestClient, desk: Desk, notify_file: Path, fields: dict[str, str], said: str
) -> None:
    status, page = send(client, "/duty", **fields)
    assert status == 422
    assert said in page
    assert notify_file.read_text(encoding="utf-8") == NOTIFY
    with desk.snapshot() as connection:
        assert read_audit(connection) == []


def test_without_a_notify_file_it_is_said(client: TestClient) -> None:
    assert "notify_file" in client.get("/duty").text
    status, page = send(client, "/duty", do="test")
    assert (status, "没有可测试的通知渠道" in page) == (422, True)
