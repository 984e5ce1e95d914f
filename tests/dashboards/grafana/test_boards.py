"""The boards as they are committed: generated, whole, official, and nothing in them without a home."""

import copy
import json
import re
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from alerts.events.points import Board
from dashboards.grafana import build
from dashboards.grafana.lint import problems, text_px, width_px
from dashboards.grafana.query import SOURCE_UID
from dashboards.grafana.theme import CLASSES, Translate, aqi_steps, class_bands, official
from liangqu.__main__ import app
from sensors.catalogue import loader
from sensors.model import LANGUAGES, Language
from sensors.standards import aqi
from sensors.standards.water_class import item_class
from sensors.standards.water_limits import ItemLimits, assessed, quality, standards
from tests.support.paths import ROOT
from tests.support.servers import Influxd

COMMITTED = ROOT / "dashboards" / "boards"
CATALOGUE = loader.load()
TEXTS = build.to_files(CATALOGUE)
BOARDS: dict[str, dict[str, Any]] = {name: json.loads(text) for name, text in TEXTS.items()}
ITEMS = [
    limits for waterbody in ("river", "lake") for limits in assessed(standards()[-1], waterbody).values()
]

# Panels that Grafana itself brings along, every edition.
CORE = {
    "barchart",
    "bargauge",
    "geomap",
    "stat",
    "state-timeline",
    "status-history",
    "table",
    "text",
    "timeseries",
}


def panels(name: str) -> Iterator[dict[str, Any]]:
    yield from BOARDS[name]["panels"]


def test_the_committed_boards_are_what_is_generated() -> None:
    committed = {
        str(file.relative_to(COMMITTED)): file.read_text("utf-8") for file in COMMITTED.rglob("*.json")
    }

    assert committed == TEXTS


def test_eight_boards_in_two_languages_each_with_its_address() -> None:
    assert len({board["uid"] for board in BOARDS.values()}) == len(BOARDS) == 16
    assert {board["timezone"] for board in BOARDS.values()} == {"Asia/Shanghai"}
    assert not any(board["editable"] for board in BOARDS.values())


def test_nothing_overlaps_is_too_wide_or_does_not_exist() -> None:
    assert problems(BOARDS, CATALOGUE) == []


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        pytest.param(lambda b: b["panels"][1]["gridPos"].update(x=0), "overlaps", id="moved onto another"),
        pytest.param(lambda b: b["panels"][0]["gridPos"].update(x=20), "leaves the grid", id="off the grid"),
        pytest.param(lambda b: b["panels"][1].update(id=1), "two panels have one id", id="an id twice"),
        pytest.param(lambda b: b["panels"][0].update(title="水" * 60), "px of title", id="a long title"),
        pytest.param(lambda b: b["panels"][0].update(title="W" * 90), "px of title", id="a long Latin title"),
        pytest.param(
            lambda b: b["panels"][0]["targets"][0].update(query="SELECT $nobody"), "no variable nobody",
            id="an unknown variable",
        ),
        pytest.param(
            lambda b: b["panels"][0]["targets"][0].update(datasource={"uid": "x"}), "no data source x",
            id="an unknown data source",
        ),
        pytest.param(
            lambda b: b["annotations"]["list"][0]["target"].update(datasource={"uid": "x"}),
            "annotations: no data source x", id="an annotation without a source",
        ),
        pytest.param(
            lambda b: b["panels"][0]["targets"][0].update(query='SELECT "x" FROM "statistic"'),
            "statistic has no x", id="an unknown field",
        ),
        pytest.param(lambda b: b["links"][1].update(url="/d/x"), "no board /d/x", id="a dead link"),
        pytest.param(lambda b: b["links"][0].update(tags=["x"]), "no boards tagged", id="a link to no tag"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_with_board_and_panel(
    spoil: Callable[[dict[str, Any]], None], words: str
) -> None:
    spoiled = copy.deepcopy(BOARDS)
    spoil(spoiled["zh/overview.json"])

    found = problems(spoiled, CATALOGUE)

    assert any(words in problem and problem.startswith("zh/overview.json") for problem in found), found


@pytest.mark.parametrize(
    ("former", "now", "words"),
    [
        pytest.param(".site}", ".place}", "link Open its board: no column place", id="no such column"),
        pytest.param(
            "/d/liangqu-", "/d/another-", "link Open its board: no board /d/another-", id="no board"
        ),
    ],
)
def test_a_link_in_a_row_that_leads_nowhere_is_named(former: str, now: str, words: str) -> None:
    spoiled = {**BOARDS, "en/alerts.json": json.loads(TEXTS["en/alerts.json"].replace(former, now))}

    found = [problem for problem in problems(spoiled, CATALOGUE) if "Past events, newest first" in problem]

    assert found
    assert all(words in problem for problem in found)


def test_an_event_opens_the_board_of_its_station_from_before_its_begin_to_its_end() -> None:
    (panel,) = [panel for panel in panels("en/alerts.json") if panel["title"] == "Past events, newest first"]
    (links,) = [
        change["value"]
        for override in panel["fieldConfig"]["overrides"]
        for change in override["properties"]
        if change["id"] == "links"
    ]

    opened = links[0]["url"]
    row = {"since.numeric": "1772330400000", "until": "now", "site": "taizicheng", "board": "air"}
    for name, value in row.items():
        opened = opened.replace(f"${{__data.fields.{name}}}", value)
    address = "/d/liangqu-air-en?from=1772330400000&to=now&var-site=taizicheng&var-section=taizicheng"
    assert opened == address
    boards = {*get_args(Board)}
    assert boards <= {*build.BOARDS}


@pytest.mark.parametrize("name", ["air", "river", "sources"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_sites_are_chosen_by_their_names_and_every_site_of_the_medium_is_there(
    language: Language, name: str
) -> None:
    (variable,) = BOARDS[f"{language}/{name}.json"]["templating"]["list"]
    medium = "water" if name == "river" else "air"
    expected = {
        id_: getattr(place.name, language)
        for id_, place in CATALOGUE.places.items()
        if place.medium == medium and (place.is_site or medium == "air")
    }

    offered = dict(reversed(choice.split(" : ")) for choice in variable["query"].split(", "))

    assert offered == expected
    assert variable["type"] == "custom"
    assert variable["current"]["text"] == expected[variable["current"]["value"]]


def test_a_panel_is_as_wide_as_grafana_draws_it() -> None:
    """24 columns fill the window but for 16 px at either side; two halves and their gap are the whole."""
    assert width_px(24) == pytest.approx(1888)
    assert 2 * width_px(12) + 8 == pytest.approx(1888)
    assert text_px("水质") == 28


@pytest.mark.parametrize("name", sorted(BOARDS))
def test_no_panel_needs_a_plug_in_and_each_says_what_it_shows(name: str) -> None:
    for panel in panels(name):
        assert panel["type"] in CORE
        assert panel["title"]
        assert panel["type"] == "text" or panel["targets"]
        if panel["type"] in {"stat", "timeseries"} and not panel["fieldConfig"]["defaults"].get("mappings"):
            assert "unit" in panel["fieldConfig"]["defaults"], panel["title"]


@pytest.mark.parametrize("board", sorted(build.BOARDS))
def test_both_languages_show_the_same_and_share_no_title(board: str) -> None:
    chinese, english = BOARDS[f"zh/{board}.json"], BOARDS[f"en/{board}.json"]
    drawn = [
        [(panel["type"], panel["gridPos"], len(panel.get("targets", ()))) for panel in one["panels"]]
        for one in (chinese, english)
    ]

    assert drawn[0] == drawn[1]
    assert chinese["title"] != english["title"]
    for zh, en in zip(chinese["panels"], english["panels"], strict=True):
        assert any(ord(sign) > 0x2E80 for sign in zh["title"]) or zh["title"] == en["title"]
        assert all(ord(sign) < 0x2E80 for sign in en["title"]), en["title"]


@pytest.mark.parametrize("name", sorted(BOARDS))
def test_alerts_are_marked_and_the_other_boards_are_a_click_away(name: str) -> None:
    board, language = BOARDS[name], name.partition("/")[0]

    (marks,) = board["annotations"]["list"]
    assert 'FROM "event"' in marks["target"]["query"]
    assert marks["target"]["timeEndColumn"] == "ended"
    assert marks["enable"]
    assert [link["tags"] for link in board["links"]] == [[f"liangqu-{language}"], []]
    assert f"liangqu-{language}" in board["tags"]


def test_the_colours_of_the_index_are_the_standards() -> None:
    """HJ 633: green, yellow, orange, red, purple, maroon, beginning at 0, 51, 101, 151, 201, 301."""
    rgb = [(0, 228, 0), (255, 255, 0), (255, 126, 0), (255, 0, 0), (153, 0, 76), (126, 0, 35)]
    begins = [None, 51, 101, 151, 201, 301]

    assert list(aqi_steps()) == [
        (at, "#{:02x}{:02x}{:02x}".format(*one)) for at, one in zip(begins, rgb, strict=True)
    ]
    assert all(official(aqi.level_of(int(at or 0)).colour) == colour for at, colour in aqi_steps())


@given(st.sampled_from(ITEMS), st.floats(0, 1e6, allow_nan=False))
def test_a_value_lies_on_the_band_of_its_class(limits: ItemLimits, value: float) -> None:
    """Grafana begins a band at its number; a value exactly at a limit is left out."""
    if value in limits.floats:
        return
    bands = list(class_bands(limits))
    band = [colour for at, colour in bands if at is None or value >= at][-1]

    assert band == official(quality(item_class(limits, value)).colour)
    assert bands[0][0] is None
    assert sorted(at for at, _ in bands if at is not None) == [at for at, _ in bands if at is not None]


def test_bands_are_there_where_two_classes_share_a_limit() -> None:
    """Copper: I 0.01, II to V 1.0, so that between there is class II and above it worse than V."""
    copper = next(limits for limits in ITEMS if limits.item == "cu")
    colours = {number: official(quality(number).colour) for number in CLASSES}

    assert class_bands(copper) == [(None, colours[1]), (0.01, colours[2]), (1.0, colours[6])]


def test_every_query_is_of_the_one_data_source_and_keeps_to_a_time_range() -> None:
    for board in BOARDS.values():
        for panel in board["panels"]:
            for target in panel.get("targets", ()):
                assert target["datasource"] == {"type": "influxdb", "uid": SOURCE_UID}
                assert "$timeFilter" in target["query"]
                assert "time(1mo" not in target["query"]


@pytest.mark.server
def test_a_withdrawn_index_counts_in_no_number(influxd: Influxd) -> None:
    """`level` 0 takes an index back; the value it had is still in the store."""
    ask(influxd, "/query", {"q": "CREATE DATABASE boards"})
    for statistic in ("1h", "day"):
        point = f"aqi,site=${{site:raw}},statistic={statistic}"
        ask(influxd, "/write", {"db": "boards"}, f"{point} aqi=60,level=2 1\n{point} aqi=400,level=0 2\n")
    queries = {
        target["query"]
        for panel in panels("zh/air.json")
        for target in panel["targets"]
        if re.search(r'"(aqi|level|primary)"[)]? FROM "aqi"', target["query"])
    }
    filled = [query.replace("$timeFilter", "time > 0").partition(" GROUP BY ")[0] for query in queries]

    answers = [ask(influxd, "/query", {"db": "boards", "q": query}) for query in filled]

    found = [json.loads(answer)["results"][0]["series"][0]["values"][-1][1] for answer in answers]
    assert sorted(found) == [2, 60, 60]


def ask(influxd: Influxd, path: str, fields: dict[str, str], body: str | None = None) -> bytes:
    url = f"{influxd.url}{path}?{urllib.parse.urlencode(fields)}"
    request = urllib.request.Request(url, None if body is None else body.encode(), method="POST")
    with urllib.request.urlopen(request, timeout=20) as answer:
        return bytes(answer.read())


class TestCommand:
    def run(self, *words: str) -> Any:
        return CliRunner().invoke(app, ["dashboards", *words], catch_exceptions=True)

    def test_what_build_writes_check_accepts(self, tmp_path: Path) -> None:
        assert self.run("build", "--boards", str(tmp_path)).exit_code == 0
        assert self.run("check", "--boards", str(tmp_path)).exit_code == 0

    def test_check_names_the_file_that_differs_and_the_one_that_is_missing(self, tmp_path: Path) -> None:
        self.run("build", "--boards", str(tmp_path))
        (tmp_path / "en" / "air.json").write_text("{}")
        (tmp_path / "zh" / "river.json").unlink()

        problem = self.run("check", "--boards", str(tmp_path)).exception

        assert problem.exit_code == 1
        assert [line.partition(":")[0].removeprefix(f"{tmp_path}/") for line in problem.lines] == [
            "zh/river.json",
            "en/air.json",
        ]

    def test_boards_lead_to_the_monthly_reports_where_their_address_is_given(self, tmp_path: Path) -> None:
        words = ("--boards", str(tmp_path), "--reports", "https://air.example/reports/")

        assert self.run("build", *words).exit_code == 0
        assert self.run("check", *words).exit_code == 0
        assert self.run("build", *words[:3], "reports").exception.exit_code == 2

        (link,) = json.loads((tmp_path / "en" / "alerts.json").read_text("utf-8"))["links"][2:]
        assert (link["title"], link["url"]) == ("Monthly reports", "https://air.example/reports/")

    def test_boards_lead_to_the_desk_where_its_address_is_given(self, tmp_path: Path) -> None:
        words = ("--boards", str(tmp_path), "--desk", "https://desk.example/")

        assert self.run("build", *words).exit_code == 0
        assert self.run("check", *words).exit_code == 0
        assert self.run("build", *words[:3], "desk").exception.exit_code == 2

        text = (tmp_path / "zh" / "alerts.json").read_text("utf-8")
        (link,) = json.loads(text)["links"][2:]
        assert (link["title"], link["url"]) == ("工作台", "https://desk.example/")
        assert text.count("https://desk.example/alerts/${__data.fields.event}") == 2
        assert "sig=" not in text  # a board is seen by whoever may see it: no link that lets one in

    def test_a_station_of_ones_own_is_in_the_boards_that_name_stations(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sites = tmp_path / "my-sites.toml"
        sites.write_text(
            '[[site]]\nid = "my-station"\nmedium = "air"\nname = { zh = "我的站", en = "Mine" }\n'
            'zone = "competition"\n'
        )
        monkeypatch.setenv("LIANGQU_CATALOGUE__EXTRA", f'["{sites}"]')

        assert self.run("build", "--boards", str(tmp_path / "boards")).exit_code == 0

        assert "my-station" in (tmp_path / "boards" / "zh" / "overview.json").read_text("utf-8")


def test_say_chooses() -> None:
    assert [Translate(language)("水", "water") for language in ("zh", "en")] == ["水", "water"]
