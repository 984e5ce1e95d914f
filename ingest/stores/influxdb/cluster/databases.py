"""A database of 1.x's dialect: made where it is missing, and how many copies a cluster keeps of it."""

from collections.abc import Sequence

from ingest.stores.base import StoreAway
from ingest.stores.cells import Cell, WrongAnswerError
from ingest.stores.influxdb import influxql
from ingest.stores.influxdb.cluster.asking import ask
from ingest.stores.influxdb.cluster.servers import InfluxServers

NAME, COPIES = "name", "ReplicaN"
"""Columns of `SHOW DATABASES DETAIL` in openGemini (`statement_executor.go`); InfluxDB knows no DETAIL."""
NO_STATEMENT = "error parsing query"
"""How InfluxDB begins what it says of a statement that it does not know."""


def ensure_database(server: InfluxServers, database: str) -> None:
    """Create the database if it is missing.

    Raises:
        StoreAway: it is missing in a cluster that keeps copies: how many, an administrator says.
        ServerError, WrongAnswerError: as `influxql.read_all`.
    """
    known: set[Cell] = set()
    for series in ask(server, database, ["SHOW DATABASES"]):
        known.update(*influxql.columns_of(series, [NAME]))
    if database in known:
        return
    name = influxql.identifier(database)
    if server.is_cluster and copies_by_database(server, database) is not None:
        words = f"the database {database} is not there: have it made with CREATE DATABASE {name} REPLICAS 3"
        raise StoreAway(
            f"{server.url}: {words}, or the store loses what one of its machines has", kind="refuses"
        )
    for _ in ask(server, database, [f"CREATE DATABASE {name}"]):
        pass


def copies_by_database(server: InfluxServers, database: str) -> dict[Cell, Cell] | None:
    """How many copies there are of each database; None of a server that does not know of copies.

    Raises:
        StoreAway: it does not answer; whether there are copies is not known.
        WrongAnswerError: as `influxql.read_all`.
    """
    found: dict[Cell, Cell] | None = None
    try:
        for series in ask(server, database, ["SHOW DATABASES DETAIL"]):
            if NAME in series.columns and COPIES in series.columns:
                name, copies = series.columns.index(NAME), series.columns.index(COPIES)
                found = (found or {}) | {row[name]: row[copies] for row in series.rows}
    except influxql.ServerError:
        return None  # what it is asked is no statement to it
    except StoreAway as away:
        if NO_STATEMENT not in str(away):
            raise
        return None  # the same, as 400
    return found


def doubts_of(server: InfluxServers, database: str) -> Sequence[str]:
    """What a database would hide: of one copy, counts are short while a machine of the cluster is away."""
    try:
        copies = (copies_by_database(server, database) or {}).get(database)
    except (StoreAway, WrongAnswerError):
        return []  # it has just answered everything else: to this account, or this dialect, it is no question
    if not isinstance(copies, (int, float)) or copies > 1:
        return []
    words = (
        f"{server.url} keeps one copy of {database}: if it is a cluster, counts are short while a machine is"
        " away, and nothing says so; have the database made with REPLICAS 3 under the policy replication"
        " (docs/guide.md, chapter 13)"
    )
    return [words]
