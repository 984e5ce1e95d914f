"""The page gives what the command writes."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from starlette.testclient import TestClient

from liangqu.config import settings
from liangqu.desk.desk import Desk
from liangqu.desk.pages import export
from tests.liangqu.cli.test_import import Place

START = datetime(2026, 10, 1, tzinfo=UTC)
ROWS = "site,time,pm25\n" + "".join(
    f"wujinku,{(START + timedelta(hours=hour)).isoformat()},{20 + hour % 5}\n" for hour in range(30)
)
OCTOBER = "site=wujinku&from=2026-10-01&to=2026-10-31"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    made = Place(tmp_path_factory.mktemp("exported"))
    assert made.run("import", made.file(ROWS))[0] == 0
    return made


@pytest.fixture(scope="module")
def desk(place: Place) -> Iterator[Desk]:
    made = Desk(lambda: settings.read(place.folder / "liangqu.toml"), lambda: datetime.now(UTC))
    yield made
    made.close()


@pytest.mark.parametrize("statistic", ["", "day"])
def test_csv_is_what_the_command_writes(
    client: TestClient, place: Place, statistic: str, tmp_path: Path
) -> None:
    out = tmp_path / "out.csv"
    asked = ("--statistic", statistic) if statistic else ()
    span = "--from", "2026-10-01", "--to", "2026-11-01"
    assert place.run("export", "wujinku", *span, *asked, "--out", str(out))[0] == 0
    found = client.get(f"/export?{OCTOBER}&statistic={statistic}")
    assert found.content == out.read_bytes()
    named = f"wujinku-{statistic or 'readings'}-2026-10-01-2026-10-31.csv"
    assert found.headers["content-disposition"] == f'attachment; filename="{named}"'


def test_a_workbook(client: TestClient) -> None:
    found = client.get(f"/export?{OCTOBER}&format=xlsx")
    sheet = openpyxl.load_workbook(BytesIO(found.content)).active
    assert sheet is not None
    assert sheet.max_row == 31


def test_what_was_known_before_anything_was_is_not_given(client: TestClient) -> None:
    found = client.get(f"/export?{OCTOBER}&as_of=2026-10-02T00:00")
    assert found.headers["content-type"].startswith("text/html")
    assert found.status_code == 422
    assert 'class="problem"' in found.text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        pytest.param("site=nowhere&from=2026-10-01&to=2026-10-31", "nowhere", id="no place"),
        pytest.param("site=wujinku&from=soon&to=2026-10-31", "起止日期", id="no day"),
        pytest.param("site=wujinku&from=2026-10-31&to=2026-10-01", "先后有序", id="backwards"),
        pytest.param("site=wujinku&from=9999-12-31&to=9999-12-31", "没有存储数据", id="the end of time"),
        pytest.param("site=wujinku&from=2020-01-01&to=2020-01-31", "没有存储数据", id="nothing there"),
        pytest.param(f"{OCTOBER}&statistic=mood", "没有这种统计量", id="no statistic"),
        pytest.param(f"{OCTOBER}&statistic=day&as_of=2026-10-02", "只用于读数", id="as of a statistic"),
        pytest.param(f"{OCTOBER}&as_of=then", "不是时间", id="no time"),
    ],
)
def test_what_cannot_be_exported_is_said_in_the_form(client: TestClient, query: str, said: str) -> None:
    found = client.get(f"/export?{query}")
    assert found.status_code == 422
    assert said in found.text
    assert "<form" in found.text


def test_what_takes_too_long_is_not_exported(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "LONGEST_S", -1.0)
    found = client.get(f"/export?{OCTOBER}")
    assert (found.status_code, "liangqu export" in found.text) == (422, True)
