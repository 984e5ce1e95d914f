"""What is found in a statement: each is one that Grafana would answer with no data, or too little."""

import pytest

from dashboards.grafana.query import counting_readings, equals, statistic
from dashboards.grafana.query_lint import query_problems
from sensors.catalogue import loader
from sensors.standards.statistics import MONTH

CATALOGUE = loader.load()
PM25 = 'SELECT mean("pm25") FROM "air" WHERE "pm25_qc" < 3'


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        pytest.param(
            'SELECT "value" FROM "air" WHERE "parameter" = \'pm25\' AND "pm25_qc" < 3',
            ["air has no parameter", "air has no value"],
            id="the former layout",
        ),
        pytest.param(
            'SHOW TAG VALUES FROM "water" WITH KEY = "parameter"', ["water has no parameter"],
            id="a list of parameters",
        ),
        pytest.param('SELECT "x" FROM "airs"', ["no measurement airs"], id="measurement"),
        pytest.param('SELECT "value" FROM "flagged" WHERE "code" > 1', ["flagged has no code"], id="field"),
        pytest.param(PM25.replace("air", "water"), ["water has no pm25"], id="of the other medium"),
        pytest.param(PM25.replace('"pm25"', "pm25"), ["pm25 is not quoted"], id="a name without quotes"),
        pytest.param('SELECT mean("pm25") FROM "air"', ["pm25 without pm25_qc"], id="no code"),
        pytest.param(PM25.replace("pm25_qc", "pm10_qc"), ["pm25 without pm25_qc"], id="another's code"),
        pytest.param(
            'SELECT mean("pm25"), mean("pm10") FROM "air" WHERE "pm25_qc" < 3 AND "pm10_qc" < 3',
            ["pm10, pm25: a condition on several codes leaves out whole points"], id="two codes in WHERE",
        ),
        pytest.param(
            f'SELECT mean("x") FROM (SELECT mean("so2") AS "x" FROM "air"), ({PM25})', ["so2 without so2_qc"],
            id="in a subquery",
        ),
        pytest.param(
            'SELECT last("value") AS "value", "n" FROM "statistic" WHERE "site" = \'a\'',
            ["value of statistic without a condition on n"], id="a mean that may count no more",
        ),
    ],
)  # fmt: skip
def test_what_the_store_does_not_have_is_named(statement: str, found: list[str]) -> None:
    assert [*query_problems(statement, CATALOGUE)] == found


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param(
            counting_readings("air", "pm25", equals("site", "a"), equals("kind", "rtd")), id="readings"
        ),
        pytest.param(statistic('last("value"), "n"', "a", "pm25", MONTH), id="a mean that counts"),
        pytest.param('SELECT max("n") FROM "statistic"', id="a count"),
        pytest.param(
            f'SELECT max("x") FROM (SELECT mean("so2") AS "x" FROM "air" WHERE "so2_qc" < 3), ({PM25})',
            id="two parameters, a subquery each",
        ),
        pytest.param(
            'SELECT spread(/^store_errors_/) / (2 * max("a")) FROM "operation"', id="an open measurement"
        ),
        pytest.param(
            """SELECT last("state") FROM "alert" WHERE "site" = '"x" FROM y' AND "rule" =~ /^("z"|w)$/""",
            id="texts and patterns",
        ),
    ],
)
def test_what_is_there_is_no_problem(statement: str) -> None:
    assert [*query_problems(statement, CATALOGUE)] == []
