"""The paragraph of the outlook."""

from collections.abc import Mapping

from dashboards.reports.content.outlooks import TargetOutlook
from dashboards.reports.content.report import MonthlyReport
from dashboards.reports.rendering.tables import outlook_table
from dashboards.reports.rendering.tables.cells import TableCell
from dashboards.reports.text.paragraph import ParagraphWriter, Phrase, is_told

_SIGNS = {"<": "below", "≤": "at_most", ">": "above", "≥": "at_least"}


def write_outlook(report: MonthlyReport, writer: ParagraphWriter) -> None:
    """Each target by what determines it: its first, hardest row in the table."""
    head = outlook_table.outlooks(report, writer.words).head
    told: set[str] = set()
    for one in report.outlooks:
        if one.target.id not in told:
            told.add(one.target.id)
            cells = outlook_table.outlook_cells(report, one, writer.words)
            _write_target(report, one, dict(zip(head, cells, strict=True)), writer)
    if not told:
        writer.say("text_outlook_nothing")


def _write_target(
    report: MonthlyReport, one: TargetOutlook, row: Mapping[str, TableCell], writer: ParagraphWriter
) -> None:
    words = writer.words
    text = {key: row[words(key)].text for key in ("where", "item", "unit", "so_far", "rest", "state")}
    unit = f" {text['unit']}" if is_told(text["unit"]) else ""
    place = writer.phrase(
        "text_outlook_aspired" if one.aspiration else "text_outlook_place",
        place=text["where"], item=text["item"],
    )  # fmt: skip
    if not is_told(text["so_far"]):
        writer.say("text_outlook_unknown", place=place, state=text["state"])
        return
    so_far = text["so_far"] + unit
    if not is_told(text["rest"]):
        writer.say("text_outlook_closed", place=place, so_far=so_far, state=text["state"])
        return
    writer.say(
        "text_outlook",
        place=place, so_far=so_far, rest=_rest(text["rest"], unit, writer),
        former=_former(report, row, writer), state=text["state"],
    )  # fmt: skip


def _rest(text: str, unit: str, writer: ParagraphWriter) -> Phrase:
    """`低于28.9 µg/m³`; where anything will do, that."""
    sign, _, value = text.partition(" ")
    if sign not in _SIGNS:
        return writer.phrase("text_rest_any")
    return writer.phrase(f"text_rest_{_SIGNS[sign]}", value=value + unit)


def _former(report: MonthlyReport, row: Mapping[str, TableCell], writer: ParagraphWriter) -> Phrase:
    """What the same months of the last year came to, and what this year's trend makes of them."""
    words, said = writer.words, ""
    year = report.month.year - 1
    former, projected = row[words("same_rest", year=year)].text, row[words("projected")].text
    if is_told(former):
        said += writer.phrase("text_rest_former", value=former)
    if is_told(projected):
        said += writer.phrase("text_rest_projected", value=projected)
    return Phrase(said)
