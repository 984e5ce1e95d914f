"""How many readings an InfluxDB holds, counted by itself."""

import json
from contextlib import closing

from ingest.stores.influxdb.http import InfluxHTTP
from ingest.stores.influxdb.section import InfluxOptions
from sensors.store_schema import CODE_SUFFIX


def count_readings(url: str, database: str = "liangqu") -> int:
    """All values of air that have a code beside them; 0 without any."""
    with closing(InfluxHTTP(InfluxOptions(url))) as server:
        answer = b"".join(server.query("SELECT count(*) FROM air", database, 10))
    (result,) = json.loads(answer)["results"]
    counted = {
        name.removeprefix("count_"): int(cell)
        for series in result.get("series", [])
        for name, cell in zip(series["columns"], series["values"][0], strict=True)
    }
    return sum(
        min(number, counted[name + CODE_SUFFIX])
        for name, number in counted.items()
        if name + CODE_SUFFIX in counted
    )
