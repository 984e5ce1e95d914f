"""means.csv of three months against plain pandas, row by row, and from either store."""

import csv
import io
from decimal import Decimal

import pandas as pd
import pytest

from dashboards.reports.export import MEANS, exceedances_csv, means_csv
from ingest.stores.base import Store
from ingest.stores.influxdb.section import InfluxOptions
from ingest.stores.influxdb.store import InfluxDBStore
from sensors.catalogue.model import Catalogue
from tests.dashboards.reports import beijing_oracle
from tests.support.compiled_report import compiled
from tests.support.scale import FULL
from tests.support.servers import Influxd

pytestmark = pytest.mark.real


def rows_of(text: str) -> dict[beijing_oracle.Key, dict[str, str]]:
    found = {}
    for row in csv.DictReader(io.StringIO(text)):
        key = (row["site"], row["parameter"], row["statistic"], row["start"])
        assert key not in found, key
        found[key] = row
    return found


@pytest.mark.parametrize(
    ("year", "month"),
    [
        pytest.param(2016, 2, id="a leap February"),
        pytest.param(2016, 9, id="a month with gaps: Huairou has 24 days of NO2"),
        pytest.param(2016, 12, id="a December"),
    ],
)
def test_every_row_equals_plain_pandas(
    year: int,
    month: int,
    beijing_store: Store,
    beijing_catalogue: Catalogue,
    beijing_tables: dict[str, pd.DataFrame],
) -> None:
    text = means_csv(compiled(beijing_store, beijing_catalogue, f"{year}-{month:02}"))
    found, wanted = rows_of(text), beijing_oracle.expected(beijing_tables, year, month)

    assert text.splitlines()[0] == ",".join(MEANS)
    assert found.keys() == wanted.keys()
    for key, want in wanted.items():
        _equal(key, found[key], want)
    print(f"\n{len(wanted)} rows of {len(beijing_oracle.STATIONS)} stations equal")


def _equal(key: beijing_oracle.Key, row: dict[str, str], want: beijing_oracle.Row) -> None:
    value, target = want["value"], want["target"]
    assert row["value"] == ("" if value is None else f"{value:f}"), key
    if value is None:
        assert row["unrounded"] == "", key
    else:
        assert float(row["unrounded"]) == pytest.approx(want["unrounded"], rel=1e-9), key
    assert (int(row["n"]), int(row["expected"])) == (want["n"], want["expected"]), key
    assert float(row["capture"]) == pytest.approx(int(row["n"]) / int(row["expected"]), abs=5e-5), key
    assert row["valid"] == ("true" if want["valid"] else "false"), key
    assert row["end"] == want["end"], key
    assert (Decimal(row["target"]) if row["target"] else None) == target, key
    assert row["met"] == {True: "yes", False: "no", None: ""}[want["met"]], key
    assert row["standard"] == want["standard"], key
    assert (row["points"], row["of_points"]) == tuple(
        str(want.get(n, "")) for n in ("points", "of_points")
    ), key


@pytest.mark.server
@pytest.mark.heavy
def test_both_stores_give_the_same_bytes(
    beijing_store: Store,
    beijing_catalogue: Catalogue,
    beijing_tables: dict[str, pd.DataFrame],
    influxd: Influxd,
) -> None:
    month, end = ("2016-12", "2017-01-01") if FULL else ("2014-12", "2015-01-01")
    store = InfluxDBStore(InfluxOptions(influxd.url, "report_beijing"))
    past = {name: table[table.index < end] for name, table in beijing_tables.items()}
    beijing_oracle.fill(store, past)

    ours, other = (compiled(one, beijing_catalogue, month) for one in (store, beijing_store))
    store.close()

    assert means_csv(ours) == means_csv(other)
    assert exceedances_csv(ours) == exceedances_csv(other)
    assert ours.collected.digest == other.collected.digest
