"""The pages of reports, over the report of a station's first days of October."""

import json
import shutil
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from dashboards.reports.revisions.approvals import read_reviews
from ingest.journal.audit import read_audit
from liangqu.config import settings
from liangqu.desk.desk import Desk
from tests.liangqu.cli.test_import import Place
from tests.liangqu.desk.forms import Sent, send
from tests.liangqu.desk.named_gate import NamedGate

OCTOBER = datetime(2026, 9, 30, 16, tzinfo=UTC)
ROWS = "site,time,pm25\n" + "".join(
    f"wujinku,{(OCTOBER + timedelta(hours=hour)).isoformat()},{20 + hour % 5}\n" for hour in range(72)
)
PAGE = "/reports/2026-10/1/zh"


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = Place(tmp_path_factory.mktemp("reported"), '[report]\nfolder = "reports"\n')
    assert place.run("import", place.file(ROWS))[0] == 0
    assert place.run("report", "2026-10", "--out", str(place.folder / "reports"))[0] == 0
    return place.folder


@pytest.fixture
def desk(reported: Path, tmp_path: Path) -> Iterator[Desk]:
    shutil.copytree(reported, tmp_path, dirs_exist_ok=True)
    made = Desk(lambda: settings.read(tmp_path / "liangqu.toml"), lambda: datetime.now(UTC))
    yield made
    made.close()


@pytest.fixture
def gate() -> NamedGate:
    return NamedGate()


def test_a_report_its_files_and_its_page_in_a_sandbox(client: TestClient) -> None:
    assert PAGE in client.get("/reports").text
    page = client.get(PAGE).text
    assert "LQ-2026-10" in page
    preview = client.get(f"{PAGE}/report.html")
    assert preview.headers["content-security-policy"].startswith("sandbox; default-src 'none'")
    assert f"{PAGE}/means.csv" in page
    saved = client.get(f"{PAGE}/means.csv")
    assert saved.headers["content-disposition"] == 'attachment; filename="2026-10-zh-r1-means.csv"'
    assert saved.text.startswith("site,") or "," in saved.text.splitlines()[0]


@pytest.mark.parametrize(
    "path",
    [
        "/reports/2026-11/1/zh", "/reports/2026-10/2/zh", "/reports/2026-10/1/fr", "/reports/2026-13/1/zh",
        f"{PAGE}/liangqu.toml", f"{PAGE}/..%2f..%2f..%2fliangqu.toml", f"{PAGE}/report.pdf",
    ],
)  # fmt: skip
def test_what_does_not_stand_there_is_404(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_a_review_step_by_step_in_the_names_of_who_is_signed_in(
    client: TestClient, desk: Desk, gate: NamedGate
) -> None:
    told = [send(client, PAGE, do="submit")]
    for gate.name in ("李四", "王五"):
        told.append(send(client, PAGE, do="approve"))
    assert told == [
        (303, f"{PAGE}?said=submitted_done"),
        (303, f"{PAGE}?said=approved_done"),
        (303, f"{PAGE}?said=approved_done"),
    ]
    with desk.snapshot() as connection:
        steps = [(one.step, one.by, one.is_final) for one in read_reviews(connection)]
    assert steps == [("submitted", "张三", False), ("approved", "李四", False), ("approved", "王五", True)]
    assert "王五 最终批准" in client.get(PAGE).text


def test_one_person_alone_does_not_approve_and_a_return_wants_a_reason(client: TestClient) -> None:
    send(client, PAGE, do="submit")
    assert send(client, PAGE, do="approve").status == 303
    alone = send(client, PAGE, do="approve")
    assert (alone.status, "张三" in alone.said) == (422, True)
    assert send(client, PAGE, do="return").status == 422
    assert send(client, PAGE, do="return", reason="数据有误") == (303, f"{PAGE}?said=returned_done")
    assert "数据有误" in client.get(PAGE).text


def shown_text(client: TestClient) -> str:
    return client.get(PAGE).text.partition('name="shown" value="')[2].partition('"')[0]


def edit(client: TestClient, shown: str, text: str) -> Sent:
    return send(client, PAGE, **{"do": "edit", "shown": shown, "text-air": text})


def test_a_text_that_was_edited_is_in_the_next_revision(
    client: TestClient, desk: Desk, gate: NamedGate
) -> None:
    text = "十月空气质量良好。\n<b>本段由人工改写</b>"
    shown = shown_text(client)
    assert edit(client, shown, text) == (303, f"{PAGE}?said=text_saved")
    assert edit(client, shown_text(client), text).said.endswith("text_same")
    other = edit(client, shown, "another's, who had opened the page before")
    assert (other.status, "已被别人改过" in other.said) == (422, True)
    page = client.get(PAGE).text
    assert "<b>" not in page
    assert "已改写" in page

    assert send(client, "/reports", month="2026-10", language=["zh"]) == (303, "/reports?said=making")
    until = time.monotonic() + 120
    while desk.jobs.listed("report")[0].state in {"waiting", "running"} and time.monotonic() < until:
        time.sleep(0.1)
    (job,) = desk.jobs.listed("report")
    assert job.state == "done", job.said
    second = json.loads(
        (Path(desk.files.settings.report.folder) / "2026-10/revision-2/zh/report.json").read_text("utf-8")
    )
    assert second["text"]["air"]["text"] == text
    assert "不是最新版本" in client.get(PAGE).text
    assert f"<pre>{job.said[0]}" in client.get("/reports").text.replace("&#34;", '"')
    gate.roles = frozenset({"duty"})
    assert "<pre>" not in client.get("/reports").text  # what a command said is for those who may run it
    with desk.snapshot() as connection:
        assert {row.what for row in read_audit(connection)} - {"import"} == {
            "report_text",
            "report_made",
        }  # imported for the report


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"month": "soon", "language": "zh"}, id="no month"),
        pytest.param({"month": "2026-10", "language": "fr"}, id="no language"),
        pytest.param({"month": "2026-10;reboot", "language": "zh"}, id="no command"),
    ],
)
def test_what_cannot_be_made_starts_nothing(
    client: TestClient, desk: Desk, fields: dict[str, str | list[str]]
) -> None:
    assert send(client, "/reports", **fields).status == 422
    assert desk.jobs.listed("report") == []


def test_a_report_that_began_is_on_record_where_the_next_one_has_no_place(
    client: TestClient, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk.jobs, "start", lambda job, _: None if "英文" in job.subject else 1)
    assert send(client, "/reports", month="2026-10", language=["zh", "en"]).status == 422
    with desk.snapshot() as connection:
        made = [row.details for row in read_audit(connection) if row.what == "report_made"]
    assert made == [{"languages": ["zh"]}]
