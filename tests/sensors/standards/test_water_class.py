"""Water classes against GB 3838-2002 table 1, typed here a second time, and 环办〔2011〕22号's rules."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.standards.rounding import Number, round_half_even
from sensors.standards.versions import NoStandard
from sensors.standards.water_class import (
    assessment_values,
    grade,
    item_class,
    period_class,
    sample_class,
)
from sensors.standards.water_limits import (
    ItemLimits,
    Waterbody,
    assessed,
    class_number,
    quality,
    standard_on,
    standards,
    table,
)

GB = "GB 3838-2002"
RIVER, LAKE = assessed(GB, "river"), assessed(GB, "lake")

# Table 1, items with an upper limit: class I to V.
AT_MOST = """
codmn    2       4       6      10    15
cod      15      15      20     30    40
bod5     3       3       4      6     10
nh3n     0.15    0.5     1.0    1.5   2.0
tp/river 0.02    0.1     0.2    0.3   0.4
tp/lake  0.01    0.025   0.05   0.1   0.2
cu       0.01    1.0     1.0    1.0   1.0
zn       0.05    1.0     1.0    2.0   2.0
fluoride 1.0     1.0     1.0    1.5   1.5
se       0.01    0.01    0.01   0.02  0.02
as       0.05    0.05    0.05   0.1   0.1
hg       0.00005 0.00005 0.0001 0.001 0.001
cd       0.001   0.005   0.005  0.005 0.01
cr6      0.01    0.05    0.05   0.05  0.1
pb       0.01    0.01    0.05   0.05  0.1
cn       0.005   0.05    0.2    0.2   0.2
phenol   0.002   0.002   0.005  0.01  0.1
oil      0.05    0.05    0.05   0.5   1.0
las      0.2     0.2     0.2    0.3   0.3
sulfide  0.05    0.1     0.2    0.5   1.0
"""
ROWS = [(words[0].split("/"), words[1:]) for words in map(str.split, AT_MOST.split("\n")) if words]
LIMITS = [(item[0], item[1:], limits, at) for item, limits in ROWS for at in range(5)]


def _limits(item: str, body: list[str]) -> ItemLimits:
    return (LAKE if body == ["lake"] else RIVER)[item]


def _by_hand(limits: list[str], value: Decimal) -> int:
    return next((number for number, limit in enumerate(limits, 1) if value <= Decimal(limit)), 6)


@pytest.mark.parametrize(
    ("item", "body", "limits", "at"), LIMITS, ids=[f"{r[0]}-{'-'.join(r[1])}{r[3] + 1}" for r in LIMITS]
)
def test_at_below_and_above_every_upper_limit(item: str, body: list[str], limits: list[str], at: int) -> None:
    """Equal limits give the better class: COD 15 is class I, there is no class II for COD."""
    limit = Decimal(limits[at])
    values = (limit, limit - limit / 1000, limit + limit / 1000, limit + Decimal("1e-30"))
    for value in values:
        expected = _by_hand(limits, value)
        assert item_class(_limits(item, body), value) == expected
        assert item_class(_limits(item, body), str(value)) == expected
        assert item_class(_limits(item, body), Fraction(value)) == expected
    for value in values[:3]:
        assert item_class(_limits(item, body), float(value)) == _by_hand(limits, value)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("20", 1),
        ("7.5", 1),
        ("7.499", 2),
        ("6", 2),
        ("5.999", 3),
        ("5", 3),
        ("4.999", 4),
        ("3", 4),
        ("2.999", 5),
        ("2", 5),
        ("1.999", 6),
        ("0", 6),
    ],
)
def test_dissolved_oxygen_is_a_lower_limit(value: str, expected: int) -> None:
    """Class I is 7.5 mg/L alone; 90 % saturation is not used, as the national platform does not use it."""
    assert item_class(RIVER["do"], value) == item_class(RIVER["do"], float(value)) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("5.999", 6),
        ("6", 1),
        ("6.001", 1),
        ("7", 1),
        ("8.999", 1),
        ("9", 1),
        ("9.003", 6),
        ("0", 6),
        ("14", 6),
    ],
)
def test_ph_is_a_range_and_outside_is_worse_than_v(value: str, expected: int) -> None:
    assert item_class(RIVER["ph"], value) == item_class(RIVER["ph"], float(value)) == expected


def test_table_1_has_24_items_of_which_21_are_assessed() -> None:
    """Expected: 环办〔2011〕22号 leaves out temperature, total nitrogen and faecal coliforms."""
    items = {row.item for row in table(GB)}
    assert len(items) == 24
    assert sorted({row.no for row in table(GB)}) == list(range(1, 25))
    typed = {item[0] for item, _ in ROWS} | {"ph", "do"}
    assert set(RIVER) == set(LAKE) == typed
    assert items - typed == {"water_temp", "tn", "coliform"}
    assert RIVER["tp"] != LAKE["tp"]


@given(st.floats(0, 100), st.sampled_from([*RIVER.values(), LAKE["tp"]]))
def test_a_float_is_judged_as_its_text(value: float, limits: ItemLimits) -> None:
    assert item_class(limits, value) == item_class(limits, repr(value))


VALUES: dict[str, Number] = {"ph": 7.8, "do": 9.1, "codmn": 1.9, "nh3n": 0.1, "tp": 0.015}


@pytest.mark.parametrize(
    ("change", "waterbody", "number", "determining"),
    [
        pytest.param({}, "river", 1, ("ph", "do", "codmn", "nh3n", "tp"), id="all class I"),
        pytest.param({"nh3n": 1.004}, "river", 4, ("nh3n",), id="a sample is not rounded: 1.004 is IV"),
        pytest.param({"tp": "0.1003"}, "river", 3, ("tp",), id="shown as 0.100, labelled III in 2020"),
        pytest.param({"ph": "9.003"}, "river", 6, ("ph",), id="shown as 9.00, worse than V in 2020"),
        pytest.param({"do": 1.2, "nh3n": 2.4}, "river", 6, ("do", "nh3n"), id="two determine"),
        pytest.param({}, "lake", 2, ("tp",), id="TP 0.015 in a lake"),
        pytest.param({"tn": 9.9}, "river", 1, ("ph", "do", "codmn", "nh3n", "tp"), id="river TN"),
        pytest.param({"tn": 9.9, "tp": 0.01}, "lake", 1, ("ph", "do", "codmn", "nh3n", "tp"), id="lake TN"),
        pytest.param(
            {"water_temp": 40, "coliform": 10**6, "turbidity": 900}, "river", 1, None, id="not assessed"
        ),
        pytest.param({"tp": None}, "river", 1, ("ph", "do", "codmn", "nh3n"), id="TP missing"),
    ],
)
def test_the_worst_item_makes_the_class(
    change: Mapping[str, Number | None],
    waterbody: Waterbody,
    number: int,
    determining: tuple[str, ...] | None,
) -> None:
    values = {item: value for item, value in {**VALUES, **change}.items() if value is not None}
    found = sample_class(values, assessed(GB, waterbody))
    assert found is not None
    assert found.number == number
    assert determining is None or found.determining == determining
    assert found.met is None


@pytest.mark.parametrize("values", [{}, {"tn": 1.0, "water_temp": 8.0, "coliform": 3}])
def test_without_an_assessed_item_there_is_no_class(values: dict[str, Number]) -> None:
    assert sample_class(values, RIVER) is None
    assert period_class(values, RIVER) is None


@pytest.mark.parametrize(
    ("values", "target", "expected"),
    [
        pytest.param({"codmn": 8.1}, None, "codmn:0.35", id="over class III"),
        pytest.param(
            {"codmn": 8.1}, 2, "codmn:1.02", id="over the target; a tie, 1.025, goes to the even digit"
        ),
        pytest.param({"codmn": 6}, None, "", id="at the limit"),
        pytest.param({"codmn": "6.0001"}, None, "codmn:0.00", id="hardly over is listed"),
        pytest.param({"codmn": 8.1, "nh3n": 1.7}, None, "nh3n:0.70;codmn:0.35", id="worst first"),
        pytest.param(
            {"codmn": 9, "nh3n": 1.5}, None, "codmn:0.50;nh3n:0.50", id="a tie in the table's order"
        ),
        pytest.param(
            {"codmn": "7.5001", "nh3n": "1.2501"}, None, "nh3n:0.25;codmn:0.25", id="by exact value"
        ),
        pytest.param({"do": 1.0, "ph": 11, "codmn": 9}, None, "codmn:0.50", id="not for DO and pH"),
        pytest.param({"codmn": 8.1}, 4, "", id="within the target"),
        pytest.param({"hg": 0.0002}, None, "hg:1.00", id="small numbers"),
        pytest.param({"cu": 0.02}, 1, "cu:1.00", id="class I"),
    ],
)
def test_times_over(values: dict[str, Number], target: int | None, expected: str) -> None:
    """Expected by hand: (C - L) / L, L of class III or the target, two decimals."""
    found = sample_class(values, RIVER, target=target)
    assert found is not None
    assert ";".join(map(str, found.times_over)) == expected


@given(st.decimals(0, 40, places=3), st.integers(1, 5))
def test_times_over_is_exact(codmn: Decimal, target: int) -> None:
    limit = [2, 4, 6, 10, 15][target - 1]
    over = grade(RIVER["codmn"], float(codmn)).over(target)
    if codmn <= limit:
        assert over is None
    else:
        exact = Fraction(codmn) / limit - 1
        assert over is not None
        assert (over.exact, over.times) == (exact, round_half_even(exact, 2))


@pytest.mark.parametrize(
    ("values", "main"),
    [
        pytest.param({"codmn": 6, "nh3n": 0.9}, (), id="class III: none"),
        pytest.param({"codmn": 9, "nh3n": 1.9}, ("nh3n", "codmn"), id="the worse class first"),
        pytest.param({"codmn": 9.9, "nh3n": 1.2}, ("codmn", "nh3n"), id="same class: more times over first"),
        pytest.param({"do": 2.5, "nh3n": 1.6}, ("nh3n", "do"), id="same class: DO, without times over, last"),
        pytest.param({"do": 1, "nh3n": 1.6}, ("do", "nh3n"), id="DO of a worse class first"),
        pytest.param({"codmn": 16, "pb": 0.06}, ("pb", "codmn"), id="a heavy metal comes first"),
        pytest.param({"codmn": 16, "cn": 0.3, "pb": 0.06}, ("cn", "pb", "codmn"), id="cyanide, then lead"),
        pytest.param(
            {"codmn": 9, "nh3n": 1.2, "tp": 0.29, "cod": 29}, ("codmn", "cod", "tp"), id="three at most"
        ),
    ],
)
def test_main_pollution_indicators(values: dict[str, Number], main: tuple[str, ...]) -> None:
    """Expected by hand from 环办〔2011〕22号; a tie in the table's order (CODMn 0.50, COD and TP 0.45)."""
    found = sample_class(values, RIVER)
    assert found is not None
    assert found.main == main


@pytest.mark.parametrize(
    ("target", "met"), [(1, False), (2, False), (3, True), (4, True), (5, True), (None, None)]
)
def test_a_target_is_met_by_its_class_or_better(target: int | None, met: bool | None) -> None:
    found = sample_class({"codmn": 5}, RIVER, target=target)
    assert found is not None
    assert (found.number, found.met) == (3, met)


@pytest.mark.parametrize(
    ("item", "mean", "expected"),
    [
        pytest.param("nh3n", "1.004", 3, id="1.00"),
        pytest.param("nh3n", "1.005", 3, id="a tie to the even 1.00"),
        pytest.param("nh3n", "1.0051", 4, id="1.01"),
        pytest.param("nh3n", "1.015", 4, id="a tie to the even 1.02"),
        pytest.param("tp", "0.2004", 3, id="0.200"),
        pytest.param("tp", "0.2006", 4, id="0.201"),
        pytest.param("tp", "0.0001", 1, id="keeps one digit"),
        pytest.param("do", "4.95", 3, id="a tie to the even 5.0"),
        pytest.param("do", "4.9499", 4, id="4.9"),
        pytest.param("ph", "9.4", 1, id="pH has no decimals: 9"),
        pytest.param("ph", "9.5", 6, id="a tie to the even 10"),
        pytest.param("codmn", Fraction(601, 100), 3, id="an exact mean, 6.01 is 6.0"),
    ],
)
def test_a_period_is_classed_on_its_assessment_decimals(item: str, mean: Number, expected: int) -> None:
    """Expected: 82号 and 90号's decimals; the dossier's own examples for NH3-N and TP."""
    found = period_class({item: mean}, RIVER)
    assert found is not None
    assert found.number == expected


def test_times_over_of_a_period_are_those_of_the_rounded_mean() -> None:
    found = period_class({"codmn": "8.14"}, RIVER)
    assert found is not None
    assert [str(over) for over in found.times_over] == ["codmn:0.35"]
    assert assessment_values({"codmn": "8.14", "flow": 3.3}) == {"codmn": Decimal("8.1"), "flow": 3.3}


@pytest.mark.parametrize(
    ("number", "zh", "quality_zh", "colour"),
    [
        (1, "Ⅰ", "优", "蓝色"),
        (2, "Ⅱ", "优", "蓝色"),
        (3, "Ⅲ", "良好", "绿色"),
        (4, "Ⅳ", "轻度污染", "黄色"),
        (5, "Ⅴ", "中度污染", "橙色"),
        (6, "劣Ⅴ", "重度污染", "红色"),
    ],
)
def test_words_and_colours(number: int, zh: str, quality_zh: str, colour: str) -> None:
    """Expected: 环办〔2011〕22号."""
    found = quality(number)
    assert (found.number, found.name.zh, found.quality.zh, found.colour.zh) == (
        number,
        zh,
        quality_zh,
        colour,
    )


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1),
        ("5", 5),
        ("I", 1),
        ("iv", 4),
        ("V", 5),
        ("Ⅰ", 1),
        ("Ⅲ", 3),
        ("ⅲ", 3),
        ("Ⅴ", 5),
        (" II ", 2),
        ("6", None),
        ("0", None),
        ("VI", None),
        ("Ⅲ类", 3),
        ("III类", 3),
        ("iii 类", 3),
        ("3类", 3),
        ("３类", 3),
        ("劣Ⅴ", 6),
        ("劣V", 6),
        ("劣V类", 6),
        ("劣Ⅴ类", 6),
        ("类", None),
        ("6类", None),
        ("Ⅵ", None),
        ("", None),
        ("3.0", None),
    ],
)
def test_a_class_as_people_write_it(text: str, number: int | None) -> None:
    assert class_number(text) == number


def test_the_date_of_the_observation_chooses() -> None:
    assert standard_on(date(2002, 6, 1)) == standard_on(date(2026, 11, 22)) == GB
    assert standards() == (GB,)
    with pytest.raises(NoStandard, match="2002-05-31"):
        standard_on(date(2002, 5, 31))
