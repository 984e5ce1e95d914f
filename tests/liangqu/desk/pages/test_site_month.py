"""The month of a site under review: what is marked and approved here is what the commands record."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from starlette.testclient import TestClient

from ingest.journal.audit import read_audit
from ingest.marks import journal_marks
from liangqu.config import settings
from liangqu.desk.desk import Desk
from liangqu.tasks.declared.day_approval import reviewed_days
from tests.liangqu.cli.test_import import Place
from tests.liangqu.desk.forms import send
from tests.liangqu.desk.named_gate import NamedGate

OCTOBER = datetime(2026, 9, 30, 16, tzinfo=UTC)
# PM2.5 above PM10 in four hours of the third day: a hint by itself.
ROWS = "site,time,pm25,pm10\n" + "".join(
    f"wujinku,{(OCTOBER + timedelta(hours=hour)).isoformat()},"
    f"{(60 + hour % 3) if 50 <= hour < 54 else 20 + hour % 5},{30 + hour % 7}\n"
    for hour in range(96)
)
PAGE = "/review/wujinku/2026-10"
NIGHT = {"from": "2026-10-03T02:00", "to": "2026-10-03T06:00", "parameter": "pm25"}


@pytest.fixture
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    made = Place(tmp_path_factory.mktemp("reviewed"), "[review]\nlevels = 1\n")
    assert made.run("import", made.file(ROWS))[0] == 0
    return made


@pytest.fixture
def desk(place: Place) -> Iterator[Desk]:
    made = Desk(lambda: settings.read(place.folder / "liangqu.toml"), lambda: datetime.now(UTC))
    yield made
    made.close()


@pytest.fixture
def gate() -> NamedGate:
    return NamedGate()


def test_a_hint_leads_to_its_interval(client: TestClient) -> None:
    page = client.get(PAGE).text
    assert "倒挂" in page
    assert f"from={NIGHT['from']}&amp;to={NIGHT['to']}#mark" in page
    assert 'value="2026-10-03T02:00"' in client.get(f"{PAGE}?from={NIGHT['from']}&to={NIGHT['to']}").text
    assert PAGE in client.get("/review?month=2026-10").text


def test_a_mark_is_the_commands_mark_and_is_taken_back(client: TestClient, place: Place, desk: Desk) -> None:
    told = send(client, PAGE, do="mark", what="invalid", reason="颗粒物倒挂", shown="pm25", **NIGHT)
    assert told == (303, f"{PAGE}?parameter=pm25&said=marked")
    code, said = place.run(
        "mark", "wujinku", "pm10", "2026-10-03T02:00", "2026-10-03T06:00",
        "--as", "invalid", "--reason", "颗粒物倒挂", "--by", "张三",
    )  # fmt: skip
    assert code == 0, said
    with desk.snapshot() as connection:
        ours, theirs = sorted(journal_marks(connection), key=lambda one: one.parameter, reverse=True)
    assert msgspec.structs.replace(ours, parameter="", made=theirs.made) == msgspec.structs.replace(
        theirs, parameter=""
    )
    drawn = client.get(f"{PAGE}/curves").json()["parameters"]["pm25"]
    assert drawn["counting"][50:54] == [None] * 4
    assert drawn["sent"][50:54] == [62.0, 60.0, 61.0, 62.0]

    assert send(client, PAGE, do="unmark", reason="查明属实", **NIGHT).said.endswith("unmarked")
    assert client.get(f"{PAGE}/curves").json()["parameters"]["pm25"]["counting"][50:54] == [
        62.0,
        60.0,
        61.0,
        62.0,
    ]
    with desk.snapshot() as connection:
        assert {(row.what, row.why) for row in read_audit(connection)} >= {("mark", "查明属实")}


def test_days_are_approved_by_two_people_and_a_change_wants_a_new_approval(
    client: TestClient, desk: Desk, gate: NamedGate
) -> None:
    assert send(client, PAGE, do="submit", period="2026-10-03").said.endswith("submitted_done")
    alone = send(client, PAGE, do="approve", period="2026-10-03")
    assert (alone.status, "张三" in alone.said) == (422, True)
    gate.name = "李四"
    assert send(client, PAGE, do="approve", period="2026-10-03").said.endswith("approved_done")
    assert states(desk) == {"2026-10-03": "locked"}

    assert send(client, PAGE, do="mark", what="invalid", reason="倒挂", **NIGHT).status == 303

    assert states(desk) == {"2026-10-03": "changed"}
    assert "变化（标记）" in client.get(PAGE).text


def states(desk: Desk) -> dict[str, str]:
    return {one.day: one.state for one in reviewed_days(desk.files.settings)}


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        pytest.param({"do": "mark", "reason": "x", "from": "", "to": ""}, "起止时间", id="no interval"),
        pytest.param({"do": "mark", "reason": "", **NIGHT}, "原因", id="no reason"),
        pytest.param(
            {"do": "mark", "reason": "x", **NIGHT, "parameter": "nh3n"}, "没有这个参数", id="of water"
        ),
        pytest.param(
            {"do": "mark", "reason": "x", **NIGHT, "to": "2026-10-01T00:00"}, "起止时间", id="backwards"
        ),
        pytest.param({"do": "approve", "period": "2026-10-03"}, "提交", id="not submitted"),
        pytest.param({"do": "return", "period": "2026-10-03"}, "原因", id="returned without a reason"),
        pytest.param({"do": "submit", "period": "soon"}, "soon", id="no day"),
        pytest.param({"do": "submit", "period": "0001-01"}, "ingest.earliest", id="before all readings"),
        pytest.param(
            {"do": "mark", "reason": "x", **NIGHT, "from": "9998-01-01T00:00", "to": "9998-01-02T00:00"},
            "起止时间",
            id="far in the future",
        ),
        pytest.param({"do": "unmark", "reason": "x", **NIGHT}, "没有", id="no mark to take back"),
        pytest.param({"do": "dance"}, "dance", id="unknown"),
    ],
)
def test_what_cannot_be_is_said_and_changes_nothing(
    client: TestClient, desk: Desk, fields: dict[str, str], said: str
) -> None:
    found = send(client, PAGE, **fields)
    assert found.status == 422
    assert said in found.said
    with desk.snapshot() as connection:
        assert journal_marks(connection) == []
    assert states(desk) == {}


@pytest.mark.parametrize("path", ["/review/atlantis/2026-10", "/review/atlantis/2026-10/curves"])
def test_a_site_that_nobody_knows_is_404(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_time_with_an_offset_is_the_moment_it_says(client: TestClient, desk: Desk) -> None:
    times = {"from": "2026-10-02T18:00Z", "to": "2026-10-02T22:00Z"}
    assert send(client, PAGE, do="mark", **(NIGHT | times), what="invalid", reason="x").status == 303
    with desk.snapshot() as connection:
        (mark,) = journal_marks(connection)
    assert mark.start == OCTOBER + timedelta(days=2, hours=2)


def test_a_day_at_the_end_of_the_calendar_is_not_over(client: TestClient) -> None:
    assert send(client, PAGE, do="submit", period="9999-12-31").status == 422


def test_a_mistyped_month_is_said_above_this_one(client: TestClient) -> None:
    found = client.get("/review?month=2026-13", headers={"accept-language": "zh"})
    assert (found.status_code, "不是 2016-12 这样的月份" in found.text) == (422, True)
    assert "/review/wujinku/" in found.text


def test_a_refusal_is_said_in_the_language_of_the_page(client: TestClient) -> None:
    asked = {"do": "approve", "period": "2026-10-03"}
    client.get("/review?lang=zh")
    assert "尚未提交；请先提交" in send(client, PAGE, **asked).said
    client.get("/review?lang=en")
    assert "2026-10-03 is not submitted" in send(client, PAGE, **asked).said


@pytest.mark.parametrize("month", ["2026-13", "october"])
def test_nothing_is_done_to_a_month_that_is_none(month: str, client: TestClient) -> None:
    page = f"/review/wujinku/{month}"
    assert client.get(page).status_code == 404
    assert client.get(f"{page}/curves").status_code == 404
    token = client.get(PAGE).text.partition('name="token" value="')[2].partition('"')[0]
    assert client.post(page, data={"token": token, "do": "submit"}).status_code == 404
