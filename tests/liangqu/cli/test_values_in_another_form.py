"""Below detection, noise below zero, fog, codes for what is missing: from a file to statistics and back."""

import html
import re
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import openpyxl
import pytest

from sensors.standards.water_class import period_class
from sensors.standards.water_limits import assessed, standards
from tests.liangqu.cli.test_import import Place

SETTINGS = '[catalogue]\nextra = ["sites.toml"]\n'
SITES = """
[[site]]
id = "w9"
medium = "water"
name = { zh = "断面", en = "Section" }
cycle = "4h"
detection_limit = { nh3n = 0.025 }

[[site]]
id = "e1"
medium = "air"
name = { zh = "站", en = "Station" }
floor = { pm25 = -5 }
detection_limit = { pm25 = 2 }
missing = { all = [-99.8, "NA"], pm10 = [985] }
"""
FEBRUARY = datetime(2024, 1, 31, 16, tzinfo=UTC)  # midnight in Shanghai
JANUARY = datetime(2017, 12, 31, 16, tzinfo=UTC)
SPAN = ("--from", "2017-01-01", "--to", "2025-01-01")
BELOW = ("<0.025", "＜0.025", "< 0.025", "0.025L", "0.025l", "ND", "未检出")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return made(tmp_path)


def made(folder: Path) -> Place:
    folder.mkdir(exist_ok=True)
    (folder / "sites.toml").write_text(SITES, encoding="utf-8")
    return Place(folder, SETTINGS)


def statistic(place: Place, site: str, parameter: str, name: str, start: datetime) -> float:
    with closing(place.store()) as store:
        frame = store.statistics(site, parameter, name, start, start + timedelta(days=1))  # type: ignore[arg-type]
    (value,) = frame["value"]
    assert [*frame["valid"]] == [True]
    return float(value)


def readings(place: Place, site: str, parameter: str) -> list[tuple[float, str, str]]:
    with closing(place.store()) as store:
        frame = store.readings(
            site, parameter, datetime(2017, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)
        )
    return [*frame[["value", "validity", "sent"]].itertuples(index=False, name=None)]


def month_of_ammonia() -> str:
    """Every 4 h of February 2024; half of them below detection, in all notations."""
    rows = ["site,time,nh3n,ph"]
    for n in range(29 * 6):
        sent = "0.300" if n % 2 == 0 else BELOW[n // 2 % len(BELOW)]
        rows.append(f"w9,{(FEBRUARY + n * timedelta(hours=4)).isoformat()},{sent},7.4")
    return "\n".join(rows)


def test_the_cleanest_half_of_a_month_takes_part(place: Place) -> None:
    """Expected: 87 times 0.300 and 87 times half of 0.025 (82号 item 7); 0.16 mg/L is class II (GB 3838)."""
    code, words = place.run("import", place.file(month_of_ammonia()))

    mean = (87 * 0.3 + 87 * 0.0125) / 174
    assert (code, words.splitlines()[-1]) == (
        0,
        "348 stored, 0 duplicate, 0 revised, 0 dropped, 0 quarantined",
    )
    assert statistic(place, "w9", "nh3n", "month", FEBRUARY) == pytest.approx(mean, rel=1e-9)
    found = period_class({"nh3n": mean}, assessed(standards()[-1], "river"))
    assert found is not None
    assert found.number == 2
    assert {sent for _, _, sent in readings(place, "w9", "nh3n")} == {"", *BELOW}


def test_what_was_sent_is_exported_and_comes_back(place: Place, tmp_path: Path) -> None:
    place.run("import", place.file(month_of_ammonia()))
    file = str(tmp_path / "exported.csv")
    assert place.run("export", "w9", *SPAN, "--out", file)[0] == 0
    lines = Path(file).read_text(encoding="utf-8").splitlines()
    assert "w9,nh3n,2024-02-01T12:00:00+08:00,0.0125,N,rtd,valid,,＜0.025,,,,,,," in lines

    again = place.run("import", file, "--ignore-columns", "validity,failed")
    other = made(tmp_path / "other")
    elsewhere = other.run("import", file, "--ignore-columns", "validity,failed")

    assert again[1].splitlines()[-1] == "0 stored, 348 duplicate, 0 revised, 0 dropped, 0 quarantined"
    assert elsewhere[1].splitlines()[-1] == "348 stored, 0 duplicate, 0 revised, 0 dropped, 0 quarantined"
    assert readings(other, "w9", "nh3n") == readings(place, "w9", "nh3n")


def rows_of_table(page: str, title: str) -> list[list[str]]:
    """The cells of the table below this heading."""
    table = page.partition(f"{title}</h3>")[2].partition("</table>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", table.partition("<tbody>")[2], flags=re.DOTALL)
    return [
        [html.unescape(re.sub("<.*?>", "", cell)).strip() for cell in re.findall(r"<td.*?</td>", row)]
        for row in rows
    ]


def test_the_report_shows_what_was_sent(place: Place, tmp_path: Path) -> None:
    """Twelve or thirteen samples in each of the seven notations; the numbers of one series stand together."""
    place.run("import", place.file(month_of_ammonia()))
    negative = "".join(f"e1,2024-02-01T0{n}:00:00Z,{-n}\n" for n in range(1, 6))
    place.run("import", place.file(f"site,time,pm25\n{negative}", "negative.csv"))

    code, said = place.run("report", "2024-02", "--out", str(tmp_path / "out"), "--language", "en")

    assert code == 0, said
    folder = tmp_path / "out" / "2024-02" / "en"
    page = (folder / "report.html").read_text(encoding="utf-8")
    rows = rows_of_table(page, "Readings that count in another form than they were sent in")
    assert rows[7] == ["Station", "PM₂.₅", "-5 … -1", "1", "5"]
    assert [row[:2] for row in rows[:7]] == [["Section", "Ammonia nitrogen"]] * 7
    assert {row[2]: (row[3], row[4]) for row in rows[:7]} == {
        sent: ("0.0125", "13" if n < 3 else "12") for n, sent in enumerate(BELOW)
    }
    assert "Air: HJ/T 193-2005, clause not confirmed" in page
    assert "Water: 环办监测函〔2020〕82号" in page
    assert "Sent otherwise" in openpyxl.load_workbook(folder / "report.xlsx").sheetnames


def test_a_report_without_such_readings_has_no_such_table(place: Place, tmp_path: Path) -> None:
    place.run("import", place.file("site,time,pm25\ne1,2024-02-01T00:00:00Z,5\n"))

    place.run("report", "2024-02", "--out", str(tmp_path / "out"), "--language", "en")

    page = (tmp_path / "out" / "2024-02" / "en" / "report.html").read_text(encoding="utf-8")
    assert "count in another form" not in page


def test_a_limit_that_comes_later_lets_the_refused_in(place: Place) -> None:
    file = place.file("site,time,tp\nw9,2024-02-01T00:00:00Z,ND\n")
    code, words = place.run("import", file)
    assert (code, words.splitlines()[-2]) == (1, "0 stored, 0 duplicate, 0 revised, 0 dropped, 1 quarantined")
    shown = place.run("quarantine", "list")[1]
    assert "no_detection_limit" in shown

    (place.folder / "sites.toml").write_text(
        SITES.replace("{ nh3n = 0.025 }", "{ nh3n = 0.025, tp = 0.01 }"), encoding="utf-8"
    )
    assert place.run("import", file)[1].startswith("1 stored")

    assert readings(place, "w9", "tp") == [(0.005, "valid", "ND")]


def test_a_clean_month_is_not_read_too_high(place: Place) -> None:
    """Expected: as of a British street station in January 2018, 22 of 741 hours are -1 to -4.

    Half of the 2 µg/m³ of the instrument counts for each; without them the mean would be higher.
    """
    values = [-1.0 - n // 33 % 4 if n % 33 == 5 else 6.0 + n % 7 for n in range(741)]
    assert sum(value < 0 for value in values) == 23
    rows = [
        f"e1,{(JANUARY + n * timedelta(hours=1)).isoformat()},{value:g},hour"
        for n, value in enumerate(values)
    ]
    code, _ = place.run("import", place.file("\n".join(["site,time,pm25,kind", *rows])))
    assert code == 0

    with closing(place.store()) as store:
        found = store.readings("e1", "pm25", JANUARY, JANUARY + timedelta(days=31), "hour")

    assert [*found["value"]] == [1.0 if value < 0 else value for value in values]
    assert [*found["validity"]] == ["valid"] * 741
    assert [*found["sent"]] == [f"{value:g}" if value < 0 else "" for value in values]
    right, too_high = found["value"].mean(), found["value"][found["sent"] == ""].mean()
    assert right < too_high - 0.2


ROWS = """site,time,pm25,pm10,humidity
e1,2024-02-01T00:00:00Z,-99.8,985,100.4
e1,2024-02-01T01:00:00Z,985,12,101
e1,2024-02-01T02:00:00Z,NA,-99.8,106
e1,2024-02-01T03:00:00Z,-999,-1,100
"""


def test_codes_of_the_site_are_missing_and_counted_so(place: Place) -> None:
    code, words = place.run("import", place.file(ROWS))

    said = "8 stored, 0 duplicate, 0 revised, 0 dropped, 0 quarantined, 4 missing"
    assert (code, words.splitlines()[-1]) == (0, said)
    assert readings(place, "e1", "pm25") == [(985.0, "valid", ""), (-999.0, "invalid", "")]
    assert readings(place, "e1", "pm10") == [(12.0, "valid", ""), (-1.0, "invalid", "")]
    assert place.accounts()["missing"] == 4


def test_fog_counts_as_100(place: Place) -> None:
    place.run("import", place.file(ROWS))

    assert readings(place, "e1", "humidity") == [
        (100.0, "valid", "100.4"), (100.0, "valid", "101"), (106.0, "invalid", ""), (100.0, "valid", ""),
    ]  # fmt: skip
