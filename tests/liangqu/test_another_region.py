"""Another region needs only TOML: an invented one is checked, drawn, simulated, told and reported on."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from alerts.rules import definition
from dashboards.grafana.build import to_files
from dashboards.grafana.lint import problems
from liangqu.demo.story import story_lines
from liangqu.demo.words import DemoWords
from sensors.catalogue import loader
from sensors.catalogue.loader import CatalogueError
from sensors.catalogue.model import Catalogue
from sensors.model import Name
from sensors.simulated import demo_scenario, messages
from tests.liangqu.cli.test_import import Place

REGION = """
[[region]]
id = "linhai"
name = { zh = "临海湾", en = "Linhai Bay" }

[[zone]]
id = "harbour"
name = { zh = "临海港区", en = "Linhai harbour" }
short = { zh = "港区", en = "Harbour" }

[[river]]
id = "jinghe"
name = { zh = "静河", en = "Jinghe" }

[[site]]
id = "quay"
medium = "air"
name = { zh = "码头", en = "Quay" }
zone = "harbour"
lon = 121.4
lat = 28.6

[[site]]
id = "lighthouse"
medium = "air"
name = { zh = "灯塔", en = "Lighthouse" }
zone = "harbour"

[[site]]
id = "weir"
medium = "water"
name = { zh = "拦河坝", en = "Weir" }
river = "jinghe"
"""
AIR_TARGET = """
[[target]]
id = "pm25-harbour"
place = "zone-harbour"
parameter = "pm25"
statistic = "year"
limit = 17.5
decimals = 1
wording = "stable"
valid_from = 2021-01-01
due = 2025
confirmed = "invented"
"""
WATER_TARGET = """
[[target]]
id = "jinghe-ii"
place = "river-jinghe"
section = "weir"
statistic = "year"
class = 2
wording = "stable"
valid_from = 2022-07-01
due = 2030
confirmed = "invented"
note = { zh = "以拦河坝为考核断面。", en = "The weir is the assessed section." }
"""
START = datetime(2026, 1, 1, tzinfo=UTC)
SHIPPED = loader.load()


def shipped_words() -> Iterator[str]:
    """Every name and unmistakable id of the region that is shipped."""
    yield from SHIPPED.sites
    yield from (target.id for target in SHIPPED.targets)
    yield from (id_ for id_, place in SHIPPED.places.items() if place.is_area)
    names = [*SHIPPED.zones.values(), *SHIPPED.rivers.values(), *SHIPPED.short_names.values()]
    names += [site.name for site in SHIPPED.sites.values()]
    assert SHIPPED.region is not None
    for name in (*names, SHIPPED.region, Name("张家口", "Zhangjiakou")):
        yield from (name.zh, name.en)


def foreign(text: str) -> list[str]:
    return [word for word in shipped_words() if word in text]


def region(folder: Path, *more: str) -> Catalogue:
    file = folder / "region.toml"
    file.write_text(REGION + "".join(more), encoding="utf-8")
    return loader.load([file], shipped=False)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    made = Place(tmp_path_factory.mktemp("region"), '[catalogue]\nextra = ["region.toml"]\nshipped = false\n')
    region(made.folder, AIR_TARGET, WATER_TARGET)
    return made


def test_without_what_is_shipped_only_its_own_places_and_targets_are_there(place: Place) -> None:
    catalogue = loader.load([place.folder / "region.toml"], shipped=False)

    assert list(catalogue.places) == ["quay", "lighthouse", "weir", "zone-harbour", "river-jinghe"]
    assert [target.id for target in catalogue.targets] == ["pm25-harbour", "jinghe-ii"]
    assert [target.id for target in catalogue.places["quay"].targets] == ["pm25-harbour"]
    assert catalogue.parameters == SHIPPED.parameters


def test_it_is_checked_and_its_rules_are_about_it(place: Place) -> None:
    code, text = place.run("check")

    assert code == 0, text
    assert not foreign(text)
    rules = {rule.id: rule for rule in definition.load(region(place.folder, AIR_TARGET, WATER_TARGET))}
    assert rules["pm25-1h"].zones == ("harbour",)
    assert rules["pm25-year"].sites == ("zone-harbour",)


def test_a_rule_about_zones_with_a_target_holds_nowhere_where_none_has_one(tmp_path: Path) -> None:
    ids = {rule.id for rule in definition.load(region(tmp_path))}

    assert ids.isdisjoint({"pm25-reading", "pm25-1h", "pm25-year"})
    assert "pm25-24h-standard" in ids


def test_the_shipped_rules_mean_the_zones_of_the_plan() -> None:
    rules = {rule.id: rule for rule in definition.load(SHIPPED)}

    assert rules["pm25-1h"].zones == ("competition",)
    assert rules["pm25-year"].sites == ("zone-competition", "zone-city")


def test_its_boards_are_built_as_the_command_does_it(place: Place) -> None:
    folder = place.folder / "boards"

    built = place.run("dashboards", "build", "--boards", str(folder))
    checked = place.run("dashboards", "check", "--boards", str(folder))

    assert built[0] == checked[0] == 0, (built, checked)
    text = "".join(file.read_text(encoding="utf-8") for file in folder.rglob("*.json"))
    assert not foreign(text)
    assert "Harbour PM2.5, year to date (target 17.5)" in text
    assert "拦河坝 本月（目标 Ⅱ 类）" in text


@pytest.mark.parametrize(
    "more",
    [
        pytest.param((), id="no target at all"),
        pytest.param((AIR_TARGET,), id="of air only"),
        pytest.param((WATER_TARGET,), id="of water only"),
        pytest.param((WATER_TARGET.replace('section = "weir"\n', ""),), id="of a river as a whole"),
        pytest.param(
            (AIR_TARGET, AIR_TARGET.replace("pm25", "pm10").replace("17.5", "40")), id="two of one zone"
        ),
    ],
)
def test_its_boards_fit_whatever_targets_there_are(tmp_path: Path, more: tuple[str, ...]) -> None:
    catalogue = region(tmp_path, *more)
    made = to_files(catalogue)

    assert problems({name: json.loads(text) for name, text in made.items()}, catalogue) == []
    assert not foreign("".join(made.values()))


def test_its_stations_are_simulated_and_the_demonstrations_script_is_told(place: Place) -> None:
    catalogue = loader.load([place.folder / "region.toml"], shipped=False)
    script = demo_scenario(catalogue.sites.values(), START)

    places, end = catalogue.sites.values(), START + script.length
    sent = list(messages(places, catalogue, START, end, 1, scenario=script))
    lines = story_lines(script, catalogue, DemoWords("en", catalogue))

    assert {message.topic.rpartition("/")[2] for message in sent} == set(catalogue.sites)
    assert any("Weir" in line.text for line in lines)
    assert not foreign(" ".join(line.text for line in lines))


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_month_of_it_is_reported(place: Place, language: str) -> None:
    code, text = place.run("simulate", "--history", "45d")
    assert code == 0, text
    month = f"{datetime.now(UTC):%Y-%m}"

    code, text = place.run("report", month, "--out", str(place.folder / "out"), "--language", language)

    assert code == 0, text
    page = (place.folder / "out" / month / language / "report.html").read_text(encoding="utf-8")
    assert not foreign(page)
    assert {"zh": "临海湾", "en": "Linhai Bay"}[language] in page
    assert {"zh": "以拦河坝为考核断面。", "en": "The weir is the assessed section."}[language] in page


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        pytest.param('"zone-harbour"', '"zone-city"', "place: no site, zone or river", id="unknown place"),
        pytest.param('"pm25"', '"pm3"', 'parameter: unknown parameter "pm3"', id="unknown parameter"),
        pytest.param("17.5", "-1", "limit: -1 is not above 0", id="a limit below nothing"),
        pytest.param("decimals = 1\n", "", "either parameter, limit and decimals", id="half a limit"),
        pytest.param('"year"', '"day"', "statistic", id="of a day"),
    ],
)
def test_a_target_that_cannot_be_meant_is_refused(tmp_path: Path, old: str, new: str, problem: str) -> None:
    assert old in AIR_TARGET
    with pytest.raises(CatalogueError) as caught:
        region(tmp_path, AIR_TARGET.replace(old, new, 1))

    [line] = caught.value.problems
    assert line.startswith(f"{tmp_path / 'region.toml'}: target")
    assert problem in line
