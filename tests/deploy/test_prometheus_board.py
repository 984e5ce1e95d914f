"""The board over /metrics: what is shipped is what the code makes, over figures that exist, in PromQL."""

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest

from dashboards.grafana import lint
from dashboards.grafana.names import words
from dashboards.grafana.prometheus_board import to_board_files
from liangqu.service.wording.causes import PARTS
from tests.deploy.prometheus import FOLDER, NAMES, SELECTORS, families, promtool

FILES = to_board_files()
BOARDS = {name: json.loads(text) for name, text in FILES.items()}


def queries(board: Any) -> Iterator[tuple[str, str, str]]:
    """Title, expression and legend of each query."""
    for panel in board["panels"]:
        for target in panel["targets"]:
            yield panel["title"], target["expr"], target["legendFormat"]


@pytest.mark.parametrize("name", FILES)
class TestBoard:
    def test_what_is_shipped_is_what_the_code_makes(self, name: str) -> None:
        shipped = (FOLDER / name).read_text(encoding="utf-8")

        assert shipped == FILES[name], "python -m dashboards.grafana.prometheus_board deploy/prometheus"

    def test_it_asks_for_figures_and_labels_that_exist(self, name: str) -> None:
        known = families()
        for title, expr, legend in queries(BOARDS[name]):
            names = NAMES.findall(expr)
            assert [one for one in names if one not in known] == [], title
            labels = {label for one in names for label in getattr(known[one], "_labelnames", ())}
            for _, matchers in SELECTORS.findall(expr):
                assert set(re.findall(r"(\w+)\s*=", matchers)) <= labels, title
            assert set(re.findall(r"{{(\w+)}}", legend)) <= labels, title

    def test_its_panels_lie_beside_each_other_and_their_titles_fit(self, name: str) -> None:
        board = BOARDS[name]

        assert [*lint._layout_problems(board), *lint._text_problems(board)] == []
        assert all(panel["datasource"]["uid"] == "${datasource}" for panel in board["panels"])


def test_a_curve_that_a_label_names_by_id_has_a_name() -> None:
    """Sites and channels are called as whoever runs them calls them."""
    for board in BOARDS.values():
        for panel in board["panels"]:
            legends = " ".join(target["legendFormat"] for target in panel["targets"])
            labels = set(re.findall(r"{{(\w+)}}", legends)) - {"site", "channel"}
            assert not labels or panel["fieldConfig"]["overrides"], panel["title"]


def test_parts_are_called_as_readyz_calls_them() -> None:
    assert {id_: PARTS[id_] for id_ in words()["part"]} == words()["part"]


def test_both_languages_ask_the_same_and_speak_their_own() -> None:
    zh, en = (BOARDS[f"board.{language}.json"] for language in ("zh", "en"))

    assert [one[1] for one in queries(zh)] == [one[1] for one in queries(en)]
    assert all(a != b for a, b in zip(_titles(zh), _titles(en), strict=True))
    assert not re.search("[\u4e00-\u9fff]", json.dumps(en, ensure_ascii=False))


def _titles(board: Any) -> list[str]:
    return [panel["title"] for panel in board["panels"]]


@pytest.mark.server
def test_prometheus_can_read_each_expression(tmp_path: Path) -> None:
    found = {expr for board in BOARDS.values() for _, expr, _ in queries(board)}
    rows = [{"record": f"board:{n}", "expr": expr} for n, expr in enumerate(sorted(found))]
    file = tmp_path / "board.yml"
    file.write_bytes(msgspec.json.encode({"groups": [{"name": "board", "rules": rows}]}))  # JSON is YAML too

    said = promtool("check", "rules", file)

    assert said.returncode == 0, said.stderr
    assert all(one != other for one, other in pairwise(sorted(found)))
    assert f"{len(rows)} rules found" in said.stdout
