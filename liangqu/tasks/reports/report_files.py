"""The files of a report: made one after the other, and put into their folder together."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from liangqu.config.errors import ProblemError
from liangqu.tasks.reports.folder import Maker, put_files

if TYPE_CHECKING:
    from dashboards.reports.content.report import MonthlyReport
    from dashboards.reports.export import Identity
    from dashboards.reports.rendering.chapters import DraftReport
    from dashboards.reports.revisions.changed_figure import ChangedFigure
    from liangqu.tasks.reports.workers import Elsewhere


def here(function: "Callable[..., bytes]", *args: object) -> "Callable[[], bytes]":
    """The call in this process, when its result is waited for."""
    return partial(function, *args)


def write_files(
    report: "MonthlyReport",
    draft: "DraftReport",
    identity: "Identity",
    folder: Path,
    changed: "Sequence[ChangedFigure] | None" = None,
    *,
    pdf: bool = False,
    only_missing: bool = False,
    elsewhere: "Elsewhere" = here,
) -> None:
    """Write all files of a report into its folder, made when missing; or only those that are not there.

    The workbook is made `elsewhere` meanwhile, by default in its turn.

    Raises:
        ProblemError: the folder cannot be written, or the extra or a font for PDF is not there.
    """
    from dashboards.reports.rendering import page
    from dashboards.reports.rendering.files.document import docx
    from dashboards.reports.rendering.files.workbook import xlsx
    from dashboards.reports.words import ReportWords

    words = ReportWords(identity.language)
    workbook = elsewhere(xlsx, report, words, changed, draft.content)
    machine = machine_files(report, draft, identity, changed)
    head = machine.pop("report.json")
    makers: dict[str, Maker] = {name: partial(_taken, machine, name) for name in machine}
    makers |= {
        "report.html": lambda _: map(str.encode, page.html_pieces(report, identity, words, changed, draft)),
        "report.xlsx": lambda _: [workbook()],
        "report.docx": lambda _: [docx(report, identity, words, changed, draft)],
    }
    if pdf:
        makers["report.pdf"] = lambda made: [_printed(_page(made, folder))]
    makers["report.json"] = lambda _: [head]
    try:
        there = {file.name for file in folder.iterdir()} if only_missing else set()
        put_files(folder, {name: make for name, make in makers.items() if name not in there})
    except OSError as error:
        raise ProblemError(f"{error.filename}: {error.strerror}", exit_code=1) from None


def _taken(machine: dict[str, bytes], name: str, _: Path) -> list[bytes]:
    """A file's content, which is not held any longer."""
    return [machine.pop(name)]


def _page(made: Path, folder: Path) -> bytes:
    """The page as it was just made, or the one that stands, which says who approved it."""
    file = made / "report.html"
    return (file if file.exists() else folder / "report.html").read_bytes()


def _printed(page: bytes) -> bytes:
    from dashboards.reports.rendering.files import pdf

    try:
        return pdf.pdf(page.decode())
    except pdf.NoPdfError as error:
        raise ProblemError(str(error)) from None
    except pdf.NoFontError as error:
        raise ProblemError(str(error), exit_code=1) from None


def machine_files(
    report: "MonthlyReport",
    draft: "DraftReport",
    identity: "Identity",
    changed: "Sequence[ChangedFigure] | None",
) -> dict[str, bytes]:
    """The files for machines; report.json has the hash of each other one, so that its own stands for all."""
    from hashlib import sha256

    import msgspec

    from dashboards.reports import export
    from dashboards.reports.rendering.printed import printed_tables
    from dashboards.reports.revisions.printed import figures_json
    from dashboards.reports.words import ReportWords

    figures = figures_json(printed_tables(report, ReportWords(identity.language), draft))
    texts = {
        "means.csv": export.means_csv(report),
        "exceedances.csv": export.exceedances_csv(report),
        "figures.json": figures,
    }
    made = {name: text.encode() for name, text in texts.items()}
    listed = None if changed is None else [msgspec.to_builtins(one) for one in changed]
    digests = {name: sha256(content).hexdigest() for name, content in made.items()}
    return {**made, "report.json": export.report_json(report, identity, listed, digests).encode()}
