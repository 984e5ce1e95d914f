"""Statements asked to their end, also of a server that calls a measurement it does not have yet an error."""

from collections.abc import Iterator, Sequence
from contextlib import closing

from ingest.stores.influxdb import influxql
from ingest.stores.influxdb.cluster.servers import InfluxServers

ROWS_AT_ONCE = 10_000


def ask(server: InfluxServers, database: str, statements: Sequence[str]) -> Iterator[influxql.ResultSeries]:
    """The series of the answers as they come; raises as `influxql.read_all`.

    A statement about what is not there yet has no series. A server that refuses it answers none of those
    behind it: they are asked again.
    """
    rest = [*statements]
    while rest:
        try:
            with closing(server.query(";".join(rest), database, ROWS_AT_ONCE)) as lines:
                yield from influxql.read_all(lines, len(rest))
        except influxql.NothingThereError as nothing:
            rest = rest[nothing.answered :]
        else:
            return
