"""`liangqu assess` on tables whose values are flagged: what the device calls bad makes no verdict."""

import pytest

from tests.liangqu.cli.test_assess import run
from tests.liangqu.cli.test_assess_tables import verdicts

HEAD = "ph,do,codmn,nh3n,tp"


def test_a_flagged_row_has_no_verdict_and_that_is_said() -> None:
    """350 µg/m³ of a faulty device made an index of 400."""
    done = run("air", "-", stdin="time,pm25,flag\n2026-10-01 08:00,350,D\n2026-10-01 09:00,35,N\n")

    assert verdicts(done) == [["", "", ""], ["50", "1", ""]]
    assert "1 value does not count: flagged D" in done.err
    assert done.code == 0


def test_a_flagged_value_counts_as_not_measured() -> None:
    """By its ammonia it would be worse than V."""
    done = run("water", "-", stdin=f"{HEAD},氨氮标记\n7.5,8.1,3.2,9.9,0.05,维护\n")

    assert verdicts(done) == [["2", "codmn;tp", ""]]
    assert "flagged M" in done.err
    assert "1 row: the class is without nh3n" in done.err


def test_a_flag_that_is_none_leaves_its_row_without_a_verdict() -> None:
    done = run("water", "-", stdin=f"{HEAD},flag\n7.5,8.1,3.2,0.12,0.05,1\n")

    assert (done.code, verdicts(done)) == (1, [["", "", ""]])
    assert "'1' is no flag such as N, M or D" in done.err


@pytest.mark.parametrize("name", ["quality", "有效性"])
def test_a_column_that_judges_in_other_words_is_named(name: str) -> None:
    text = f"{HEAD},{name}\n7.5,8.1,3.2,0.12,0.05,bad\n"

    done = run("water", "-", stdin=text)

    assert done.code == 2
    assert f"column {name}: judges values, and is not read" in done.err
    assert run("water", "-", "--ignore-columns", name, stdin=text).code == 0
