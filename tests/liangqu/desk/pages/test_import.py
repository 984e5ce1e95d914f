"""A file is looked at, then taken in by the command."""

import gzip
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from starlette.testclient import TestClient

from dashboards.reports.revisions.approvals import Review, add_review
from ingest.importing.tables.bounds import ReadBounds
from ingest.journal.audit import login_name, read_audit
from ingest.journal.review.days import take_step
from ingest.journal.review.steps import ReviewLevels
from liangqu.config import settings
from liangqu.desk.desk import Desk
from liangqu.desk.pages import import_
from liangqu.tasks.importing import preview
from tests.liangqu.cli.test_import import Place
from tests.liangqu.desk.forms import token_of

MIB = 1024**2
BROAD = '<row r="3"><c r="XFD3"/></row>'
HEADER = "site,time,pm25\n"
STORED = "site,time,pm25\nwujinku,2026-10-01T08:00:00+08:00,20\nwujinku,2026-10-01T09:00:00+08:00,21\n"
SENT = (
    "site,time,pm25\n"
    "wujinku,2026-10-01T08:00:00+08:00,20\n"  # the same
    "wujinku,2026-10-01T09:00:00+08:00,99\n"  # another value
    "wujinku,2026-10-01T10:00:00+08:00,22\n"  # new
    "wujinku,2026-10-01T11:00:00+08:00,<script>alert(1)</script>\n"  # no number
    "atlantis,2026-10-01T10:00:00+08:00,22\n"  # nobody knows it
)


@pytest.fixture
def place(tmp_path: Path) -> Place:
    made = Place(tmp_path)
    assert made.run("import", made.file(STORED))[0] == 0
    return made


@pytest.fixture
def desk(place: Place) -> Iterator[Desk]:
    made = Desk(lambda: settings.read(place.folder / "liangqu.toml"), lambda: datetime.now(UTC))
    yield made
    made.close()


def look(client: TestClient, content: str | bytes, name: str = "october.csv") -> str:
    fields = {"token": token_of(client.get("/import").text), "do": "look", "format": "csv"}
    sent = content.encode() if isinstance(content, str) else content
    return client.post("/import", data=fields, files={"file": (name, sent)}).text


def test_what_would_come_of_it_is_shown_and_nothing_is_changed(client: TestClient, place: Place) -> None:
    before = place.readings()
    page = look(client, SENT)
    assert "1 个相同" in page
    assert "1 个不同" in page
    assert "atlantis" in page
    assert "目录中没有" in page
    assert "会被拒收" in page
    assert "<script>alert" not in page
    assert place.readings() == before


def test_approved_days_that_would_change_are_said_before_anything_is_taken_in(
    client: TestClient, place: Place, desk: Desk
) -> None:
    levels = ReviewLevels(1)
    with desk.journal.transaction() as connection:
        for step, by in (("submitted", "张三"), ("approved", "李四")):
            take_step(
                connection, "wujinku", ["2026-10-01"], step,  # type: ignore[arg-type]
                by=by, reason="", levels=levels, now=datetime.now(UTC),
            )  # fmt: skip

    page = look(client, SENT)
    assert "会改动已批准的数据：五金库 2026-10-01<" in page
    assert re.search(r'name="reason"[^>]* required', page)
    same = look(client, STORED)
    assert "已批准的数据" not in same
    assert not re.search(r'name="reason"[^>]* required', same)


def test_an_approved_month_is_said_before_anything_is_taken_in(client: TestClient, desk: Desk) -> None:
    with desk.journal.transaction() as connection:
        add_review(
            connection,
            Review("2026-10", 1, "zh", "0" * 64, "approved", 1, 1, "李四", "", datetime.now(UTC)),
        )

    page = look(client, SENT)
    assert "其中 2026-10 的月报已批准" in page
    assert re.search(r'name="reason"[^>]* required', page)
    assert "月报已批准" not in look(client, SENT.replace("2026-10-", "2026-09-"))


@pytest.mark.parametrize(("conflict", "at_nine"), [("keep", 21.0), ("revise", 99.0)])
def test_it_is_taken_in_as_the_command_does(
    client: TestClient, desk: Desk, place: Place, conflict: str, at_nine: float
) -> None:
    page = look(client, SENT)
    upload = re.search(r'name="upload" value="([^"]+)"', page)
    assert upload is not None
    fields = {
        "token": token_of(page),
        "do": "take",
        "upload": upload[1],
        "format": "csv",
        "conflict": conflict,
    }
    assert client.post("/import", data=fields, follow_redirects=False).headers["location"].endswith("taking")
    until = time.monotonic() + 120
    while desk.jobs.listed("import")[0].state in {"waiting", "running"} and time.monotonic() < until:
        time.sleep(0.05)
    assert [value for _, _, _, value in place.readings()] == [20.0, at_nine, 22.0]
    (job,) = desk.jobs.listed("import")
    assert (
        job.state == "failed"
    )  # of its five cells two went to the quarantine, which the command says by its code
    with desk.snapshot() as connection:
        taken = [row for row in read_audit(connection) if row.objects == ("october.csv",)]
    assert [(row.what, row.who, row.door) for row in taken] == [("import", login_name(), "desk")]
    assert (taken[0].details["quarantined"], taken[0].details["duplicate"]) == (2, 1)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param("place,when\nx,y\n", "october.csv", id="no table of readings"),
        pytest.param("", "october.csv", id="empty"),
        pytest.param("\0\1\2", "october.csv", id="no text"),
    ],
)
def test_a_file_that_is_none_is_said_in_one_line(client: TestClient, content: str, said: str) -> None:
    page = look(client, content)
    assert 'class="problem"' in page
    assert said in page


def test_what_somebody_else_sent_or_nobody_did_is_not_taken(client: TestClient, desk: Desk) -> None:
    fields = {"token": token_of(client.get("/import").text), "do": "take", "upload": "../../liangqu"}
    assert client.post("/import", data=fields).status_code == 422
    assert desk.jobs.listed("import") == []


@pytest.mark.parametrize("form", ["cnemc-air", "cnemc-water"])
def test_what_is_no_feed_is_refused_under_the_name_it_was_sent_with(form: str, client: TestClient) -> None:
    fields = {"token": token_of(client.get("/import").text), "do": "look", "format": form}
    answer = client.post("/import", data=fields, files={"file": ("october.csv", SENT.encode())})
    assert answer.status_code == 422
    assert "october.csv" in answer.text
    assert "liangqu-uploads" not in answer.text


def test_of_too_many_readings_none_is_held(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview, "MOST_CELLS", 4)
    assert "超过 4 个读数" in look(client, SENT)
    monkeypatch.setattr(preview, "MOST_CELLS", 5)
    assert "超过" not in look(client, SENT)


def sheet_of(rows: str) -> bytes:
    """A workbook with the header and these rows of XML."""
    book, packed = openpyxl.Workbook(), BytesIO()
    book.worksheets[0].append(["site", "time", "pm25"])
    book.save(packed)
    made = BytesIO()
    with zipfile.ZipFile(packed) as before, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as after:
        for entry in before.infolist():
            text = before.read(entry)
            if entry.filename == "xl/worksheets/sheet1.xml":
                text = text.replace(b"</sheetData>", rows.encode() + b"</sheetData>")
            after.writestr(entry.filename, text)
    return made.getvalue()


def packed(text: str) -> bytes:
    return gzip.compress(f"{HEADER}{text}".encode())


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        pytest.param("x.csv", lambda: HEADER + "\n" * 51, "x.csv：超过 50 行", id="blank lines"),
        pytest.param("x.csv.gz", lambda: packed("x" * 2 * MIB), "gz：解压后超过 2 MB", id="a long line"),
        pytest.param(
            "x.xlsx", lambda: sheet_of('<row r="999999999"/>'), "x.xlsx：超过 50 行", id="a row far below"
        ),
        pytest.param("x.xlsx", lambda: sheet_of(BROAD), "超过 50 行", id="a broad row"),
        pytest.param("x.xlsx", lambda: sheet_of("<row/>" * MIB), "超过 2 MB", id="a workbook of blank rows"),
        pytest.param("x.csv.gz", lambda: packed("\n" * MIB), "超过 50 行", id="blank lines, packed"),
    ],
)  # fmt: skip
def test_a_file_that_unpacks_without_end_is_left_in_one_line(
    name: str,
    content: Callable[[], str | bytes],
    said: str,
    client: TestClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(import_, "BOUNDS", ReadBounds(unpacked=2 * MIB, rows=50))
    found = re.search(r'<p class="problem" role="alert">(.*)</p>', look(client, content(), name))
    assert found
    assert said in found[1]


def test_what_is_exactly_at_the_bounds_is_read(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_, "BOUNDS", ReadBounds(unpacked=len(SENT.encode()), rows=5))
    assert "1 个不同" in look(client, SENT)
