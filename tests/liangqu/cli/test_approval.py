"""`liangqu approval`: a month is approved level by level by two people, and then changes with a reason."""

import json
import re
import shutil
from contextlib import closing
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import docx
import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from dashboards.reports.rendering.files import pdf
from dashboards.reports.rendering.files.word_styles import REVIEWS
from ingest.journal import inbox
from ingest.journal.file import Journal
from ingest.journal.inbox import InboxMessage
from liangqu.config.settings import load
from liangqu.tasks.declared.approval import review_report
from liangqu.tasks.declared.marks import take_over_marks
from sensors.marks import Mark
from tests.liangqu.cli.test_import import Place
from tests.liangqu.cli.test_report_late import OCTOBER, receive

ROWS = "site,time,pm25\n" + "".join(
    f"wujinku,{(OCTOBER + timedelta(hours=hour)).isoformat()},{20 + hour % 5}\n" for hour in range(72)
)
HOUR = timedelta(hours=1)
MORE = f"site,time,pm25\nwujinku,{(OCTOBER + timedelta(days=9)).isoformat()},90\n"


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a station's first days of October and of their report, for each test to copy."""
    made = Place(tmp_path_factory.mktemp("reported"))
    assert made.run("import", made.file(ROWS))[0] == 0
    report(made)
    return made.folder


@pytest.fixture
def place(reported: Path, tmp_path: Path) -> Place:
    shutil.copytree(reported, tmp_path, dirs_exist_ok=True)
    return Place(tmp_path)


def report(place: Place, month: str = "2026-10") -> Path:
    code, text = place.run("report", month, "--out", str(place.folder / "reports"))
    assert code == 0, text
    return Path(text.splitlines()[0]).parent


def take(place: Place, step: str, by: str, *more: str, month: str = "2026-10") -> tuple[int, str]:
    code, text = place.run("approval", step, month, "--by", by, "--out", str(place.folder / "reports"), *more)
    return code, text.strip()


def approve(place: Place) -> None:
    for step, by in (("submit", "张三"), ("approve", "李四"), ("approve", "王五")):
        code, text = take(place, step, by)
        assert code == 0, text


def test_a_month_is_approved_level_by_level_and_its_page_says_by_whom(place: Place) -> None:
    told = [
        take(place, step, by) for step, by in (("submit", "张三"), ("approve", "李四"), ("approve", "王五"))
    ]

    name = "2026-10 revision 1 (zh)"
    assert told == [
        (0, f"{name}: submitted by 张三"),
        (0, f"{name}: level 1 of 2 approved by 李四"),
        (0, f"{name}: approved, by 王五"),
    ]
    folder = place.folder / "reports" / "2026-10" / "zh"
    foot = re.search(r'<p class="reviews">(.*?)</p>', (folder / "report.html").read_text(encoding="utf-8"))
    assert foot is not None
    assert [who for who in ("张三", "李四", "王五") if who not in foot[1]] == []
    digest = sha256((folder / "report.json").read_bytes()).hexdigest()
    assert digest[:16] in foot[1]
    listed = place.run("approval", "list")[1]
    assert (listed.count(digest[:16]), len(listed.splitlines())) == (3, 3)


def paragraphs(file: Path) -> list[tuple[str, str]]:
    return [(one.style.name or "", one.text) for one in docx.Document(str(file)).paragraphs if one.style]


def test_the_word_document_says_what_the_foot_of_the_page_says_and_keeps_its_edits(place: Place) -> None:
    """Every other file in it stays byte for byte; only its body has another paragraph of reviews."""
    folder = place.folder / "reports" / "2026-10" / "zh"
    file = folder / "report.docx"
    edited = docx.Document(str(file))
    edited.paragraphs[1].text = "改过的一句"
    edited.save(str(file))
    before = paragraphs(file)
    with ZipFile(file) as opened:
        parts = {name: opened.read(name) for name in opened.namelist() if name != "word/document.xml"}

    approve(place)

    after = paragraphs(file)
    foot = re.search(r'<p class="reviews">(.*?)</p>', (folder / "report.html").read_text(encoding="utf-8"))
    assert foot is not None
    assert [text for style, text in after if style == REVIEWS] == ["\n".join(foot[1].split("<br>"))]
    assert len(foot[1].split("<br>")) == 3
    assert [one for one in after if one[0] != REVIEWS] == [one for one in before if one[0] != REVIEWS]
    assert after[1][1] == "改过的一句"
    with ZipFile(file) as opened:
        assert {name: opened.read(name) for name in parts} == parts


def test_the_workbook_says_who_approved_and_keeps_all_else(place: Place) -> None:
    file = place.folder / "reports" / "2026-10" / "zh" / "report.xlsx"
    before = {sheet.title: cells(sheet) for sheet in openpyxl.load_workbook(file)}
    assert before["审批"][1] == ("本版审批记录：尚未审批。",)

    approve(place)

    after = {sheet.title: cells(sheet) for sheet in openpyxl.load_workbook(file)}
    lines = str(after.pop("审批")[1][0]).splitlines()
    assert lines[0] == "本版审批记录："
    assert [[who for who in ("张三", "李四", "王五") if who in line] for line in lines[1:]] == [
        ["张三"],
        ["李四"],
        ["王五"],
    ]
    before.pop("审批")
    assert after == before


def cells(sheet: Worksheet) -> list[tuple[object, ...]]:
    return list(sheet.iter_rows(values_only=True))


def test_where_its_paragraph_was_removed_the_document_has_the_steps_at_its_end(place: Place) -> None:
    file = place.folder / "reports" / "2026-10" / "zh" / "report.docx"
    blank = docx.Document()
    blank.add_paragraph("只剩这一句")
    blank.save(str(file))

    approve(place)

    (kept, reviews) = paragraphs(file)
    assert kept[1] == "只剩这一句"
    assert reviews[0] == REVIEWS
    assert [who for who in ("张三", "李四", "王五") if who not in reviews[1]] == []


def test_a_pdf_that_is_there_is_printed_anew_from_the_page_with_each_step(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = place.folder / "reports" / "2026-10" / "zh"
    (folder / "report.pdf").write_bytes(b"as it was")
    monkeypatch.setattr(pdf, "pdf", str.encode)

    approve(place)

    assert "王五" in (folder / "report.html").read_text(encoding="utf-8")
    assert (folder / "report.pdf").read_bytes() == (folder / "report.html").read_bytes()


def test_a_pdf_that_is_first_made_of_an_approved_report_names_who_approved_it(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "pdf", str.encode)
    approve(place)

    code, text = place.run("report", "2026-10", "--pdf", "--out", str(place.folder / "reports"))

    folder = place.folder / "reports" / "2026-10" / "zh"
    assert (code, "nothing has changed since revision 1" in text) == (0, True), text
    assert re.search(r'<p class="reviews">[^/]*王五', (folder / "report.pdf").read_text(encoding="utf-8"))
    assert (folder / "report.pdf").read_bytes() == (folder / "report.html").read_bytes()


def test_what_cannot_be_signed_is_named_and_no_step_is_recorded(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = place.folder / "reports" / "2026-10" / "zh"
    whole = (folder / "report.docx").read_bytes()
    page = (folder / "report.html").read_bytes()

    (folder / "report.docx").write_bytes(whole[:1000])
    code, text = take(place, "submit", "张三")
    assert (code, text.startswith(f"{folder / 'report.docx'}: no Word document")) == (1, True), text

    def no_font(_: str) -> bytes:
        raise pdf.NoFontError("report.pdf: no font installed has 月")

    (folder / "report.docx").unlink()  # taken away, as somebody may
    (folder / "report.pdf").write_bytes(b"as it was")
    monkeypatch.setattr(pdf, "pdf", no_font)
    code, text = take(place, "submit", "张三")
    assert (code, "nothing was recorded: report.pdf: no font installed has 月" in text) == (1, True), text

    assert place.run("approval", "list")[1].strip() == "no report was submitted yet"
    assert (folder / "report.html").read_bytes() == page
    (folder / "report.pdf").unlink()
    approve(place)


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        pytest.param([("approve", "李四")], "is not submitted", id="nothing submitted"),
        pytest.param([("submit", "张\x07三")], r"--by: '张\x07三' holds a character", id="not printable"),
        pytest.param([("submit", "张三"), ("submit", "张三")], "is submitted already", id="twice"),
        pytest.param(
            [("submit", "张三"), ("approve", "张三"), ("approve", "张三")],
            "张三 alone has prepared and reviewed it",
            id="one name",
        ),
        pytest.param(
            [("submit", "张三"), ("approve", "李四"), ("approve", "李四"), ("approve", "赵六")],
            "is approved; a further revision changes it",
            id="after the last level",
        ),
        pytest.param([("submit", " ")], "--by: must not be blank", id="no name"),
    ],
)
def test_a_step_that_cannot_be_taken_is_one_clear_line(
    steps: list[tuple[str, str]], words: str, place: Place
) -> None:
    *before, last = [take(place, *step) for step in steps]

    assert all(code == 0 for code, _ in before), before
    assert last[0] > 0
    assert words in last[1]


def test_a_level_returns_it_with_a_reason_and_all_levels_begin_again(place: Place) -> None:
    take(place, "submit", "张三")
    take(place, "approve", "李四")

    assert take(place, "return", "王五", "--reason", " ") == (1, "--reason: must not be blank")
    code, text = take(place, "return", "王五", "--reason", "表3有误")

    assert (code, text) == (0, "2026-10 revision 1 (zh): returned by 王五: 表3有误")
    assert "is not submitted" in take(place, "approve", "李四")[1]
    approve(place)


def test_the_number_of_levels_is_a_setting(tmp_path: Path) -> None:
    place = Place(tmp_path, "[review]\nlevels = 1\n")
    place.run("import", place.file(ROWS))
    report(place)
    take(place, "submit", "张三")

    assert "alone" in take(place, "approve", "张三")[1]
    assert take(place, "approve", "李四") == (0, "2026-10 revision 1 (zh): approved, by 李四")


def test_what_was_changed_by_hand_is_not_submitted(place: Place) -> None:
    means = place.folder / "reports" / "2026-10" / "zh" / "means.csv"
    means.write_text(means.read_text(encoding="utf-8") + "\n", encoding="utf-8")

    assert take(place, "submit", "张三") == (1, f"{means} is not what the report was made with")


def test_an_approved_month_is_imported_into_and_recomputed_only_with_a_reason(place: Place) -> None:
    approve(place)
    file = place.file(MORE)
    days = ("--site", "wujinku", "--from", "2026-10-01", "--to", "2026-10-02")
    why = ("--reason", "补录", "--by", "赵六")

    refused = place.run("import", file)
    assert refused == (
        2, f"{file}, line 2: 2026-10 is approved; --reason and --by say why it changes, and who says so",
    )  # fmt: skip
    assert "2026-10 is approved" in place.run("recompute", *days)[1]
    assert len(place.readings()) == 72
    assert place.run("import", file, *why)[0] == 0
    assert place.run("recompute", *days, "--reason", "规则更新", "--by", "钱七")[0] == 0
    assert len(place.readings()) == 73

    page = (report(place) / "report.html").read_text(encoding="utf-8")
    assert "批准后导入数据：补录（赵六）" in page
    assert "批准后重新计算：规则更新（钱七）" in page
    assert "王五" in page


def test_what_is_given_back_to_an_approved_month_wants_a_reason_and_the_next_revision_says_so(
    place: Place,
) -> None:
    approve(place)
    with closing(Journal(place.folder / "journal.db")) as journal, journal.transaction() as connection:
        body = f'{{"time": "{(OCTOBER + timedelta(minutes=90)).isoformat()}", "values": {{"pm25": 9}}}}'
        inbox.add(connection, [InboxMessage("liangqu/air/nowhere", body.encode(), datetime.now(UTC))])
    receive(place.folder, "yunding", [0])
    again = ("quarantine", "replay", "--all", "--topic", "liangqu/air/wujinku")

    code, text = place.run(*again)
    assert (code > 0, "2026-10 is approved; --why and --by say why" in text) == (True, True)
    assert place.run(*again, "--why", "补录", "--by", "赵六")[0] == 0

    page = (report(place) / "report.html").read_text(encoding="utf-8")
    assert "批准后放回隔离区数据：补录（赵六）" in page


def test_a_mark_that_is_taken_over_after_the_approval_is_a_change_since_then_whenever_it_was_made(
    place: Place,
) -> None:
    approve(place)
    mark = Mark("wujinku", "pm25", OCTOBER, OCTOBER + HOUR, "invalid", "校准", "孙八", made=OCTOBER)

    take_over_marks(load(place.folder / "liangqu.toml"), [mark])

    assert "0 late, 0 revised, 1 marks" in place.run("approval", "list")[1]
    assert "校准（孙八）" in (report(place) / "report.html").read_text(encoding="utf-8").split("批准后")[1]


def test_a_late_reading_of_an_approved_month_is_stored_and_the_next_revision_says_so(tmp_path: Path) -> None:
    """Approved on 2 October; the reading of 30 September, 22:00, comes on the 3rd through the pipeline."""
    place = Place(tmp_path)
    receive(tmp_path, "wujinku", [hour for hour in range(-20, 30) if hour != -2])
    receive(tmp_path, "wujinku", [-1])
    first = report(place, "2026-09")
    settings = load(tmp_path / "liangqu.toml")
    for step, by in (("submitted", "张三"), ("approved", "李四"), ("approved", "王五")):
        review_report(
            settings, "2026-09", tmp_path / "reports", "zh", step=step, by=by, reason="",  # type: ignore[arg-type]
            now=datetime(2026, 10, 2, tzinfo=UTC),
        )  # fmt: skip
    signed = {file.name: file.read_bytes() for file in first.iterdir()}

    receive(tmp_path, "wujinku", [-2], value=77)
    waiting = place.run("approval", "list")[1].splitlines()[-1].strip()
    assert (
        waiting == "since then, waiting for a revision: 1 late, 0 revised, 0 marks, 0 by import or recompute"
    )
    second = report(place, "2026-09")

    assert len(place.readings()) == 50
    assert {file.name: file.read_bytes() for file in first.iterdir()} == signed
    page = (second / "report.html").read_text(encoding="utf-8")
    assert "批准后收到迟到数据 1 条（五金库）" in page
    assert "第 1 版已批准" in page
    content = json.loads((second / "report.json").read_text(encoding="utf-8"))
    causes = {cause["kind"] for one in content["changes"] for cause in one["causes"]}
    assert "late" in causes
    assert causes <= {"late", "record"}
