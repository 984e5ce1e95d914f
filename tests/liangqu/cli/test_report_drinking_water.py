"""`liangqu report --drinking-water`: a table of sources becomes a table of the report, or nothing is made."""

import json
from pathlib import Path

import pytest

from dashboards.reports.drinking_water import DrinkingSource
from liangqu.config.errors import ProblemError
from liangqu.tasks.reports.drinking_water import read_drinking_water
from tests.liangqu.cli.test_import import Place

TABLE = """水源地,类型,目标,pH,溶解氧,氨氮(mg/L),高锰酸盐指数,总磷
北水源,河流型,Ⅱ,7.8,8.1,0.12,2.4,0.05
西水库,湖库型,,8.0,7.0,1.35,3,0.02
东水源,地下水型,,,,,,
"""


def table(folder: Path, text: str) -> Path:
    (folder / "sources.csv").write_text(text, encoding="utf-8")
    return folder / "sources.csv"


@pytest.mark.parametrize("separated", [",", ";", "\t"])
def test_each_source_has_the_class_that_assess_gives(separated: str, tmp_path: Path) -> None:
    """GB 3838-2002, rivers: CODMn 2.4 is II; NH3-N 1.35 is IV, (1.35 - 1.0) / 1.0 over III."""
    found = read_drinking_water(table(tmp_path, TABLE.replace(",", separated)))

    assert found == (
        DrinkingSource("北水源", "河流型", 2, 2, ("codmn", "tp"), ()),
        DrinkingSource("西水库", "湖库型", 3, 4, ("nh3n",), ("nh3n:0.35",)),
        DrinkingSource("东水源", "地下水型", 3, None),
    )
    assert [one.met for one in found] == [True, False, None]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param(TABLE.replace("1.35", "viel"), "row 2", id="a cell that is no number"),
        pytest.param(TABLE.replace("水源地,", "编号,"), "no column of names", id="no names"),
        pytest.param("水源地,类型\n北水源,河流型\n", "item", id="no item"),
    ],
)
def test_half_a_table_makes_no_report(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(ProblemError, match=words):
        read_drinking_water(table(tmp_path, text))


def measured(folder: Path, more: str = "") -> Place:
    place = Place(folder, more)
    lines = [f"yunding,2026-10-{day:02}T{hour:02}:00:00+08:00,20\n" for day in (1, 2) for hour in range(24)]
    assert place.run("import", place.file("site,time,pm25\n" + "".join(lines)))[0] == 0
    return place


def test_the_file_of_the_settings_is_in_every_report_and_the_option_beats_it(tmp_path: Path) -> None:
    """It is named from the folder of the settings, as every file there."""
    place = measured(tmp_path, '[report]\ndrinking_water = "sources.csv"\n')
    table(tmp_path, TABLE)
    other = place.file(TABLE.replace("北水源", "南水源"), "other.csv")
    typed = ("report", "2026-10", "--out", str(tmp_path / "out"))

    names = []
    for more in ((), ("--drinking-water", other)):
        code, said = place.run(*typed, *more)
        assert code == 0, said
        made = json.loads((Path(said.splitlines()[0]).parent / "report.json").read_text(encoding="utf-8"))
        names.append(made["drinking_water"][0]["name"])

    assert names == ["北水源", "南水源"]


@pytest.mark.parametrize(
    ("more", "name"),
    [
        pytest.param((), "report.drinking_water", id="setting"),
        pytest.param(("--drinking-water", "{}/sources.csv"), "--drinking-water", id="option"),
    ],
)
def test_a_file_that_is_not_there_is_named_with_what_named_it(
    more: tuple[str, ...], name: str, tmp_path: Path
) -> None:
    place = measured(tmp_path, '[report]\ndrinking_water = "sources.csv"\n')

    code, said = place.run(
        "report", "2026-10", "--out", str(tmp_path / "out"), *(m.format(tmp_path) for m in more)
    )

    assert (code > 0, said.strip().startswith(f"{name}: {tmp_path / 'sources.csv'}: ")) == (True, True), said
    assert not (tmp_path / "out").exists()


def test_the_report_has_the_table_and_another_table_is_another_revision(tmp_path: Path) -> None:
    place = measured(tmp_path)
    file = table(tmp_path, TABLE)
    typed = ("report", "2026-10", "--out", str(tmp_path / "out"), "--drinking-water", str(file))

    code, said = place.run(*typed)
    again = place.run(*typed)[1]
    table(tmp_path, TABLE.replace("1.35", "0.95"))
    other = place.run(*typed)[1]

    assert code == 0, said
    page = Path(said.splitlines()[0])
    assert "集中式饮用水源地水质" in page.read_text(encoding="utf-8")
    assert "达标 1/2（50.0 %）" in page.read_text(encoding="utf-8")
    kept = json.loads((page.parent / "report.json").read_text(encoding="utf-8"))["drinking_water"]
    assert [one["name"] for one in kept] == ["北水源", "西水库", "东水源"]
    assert "nothing has changed" in again
    assert "revision 2" in other
