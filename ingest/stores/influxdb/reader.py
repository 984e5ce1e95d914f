"""The boards' account at an InfluxDB: one that may read and not write, made on 1.x, and tried on any."""

from contextlib import closing

from msgspec.structs import replace

from ingest.stores.base import StoreAway
from ingest.stores.cells import Cell, WrongAnswerError
from ingest.stores.influxdb import influxql
from ingest.stores.influxdb.http import InfluxHTTP, LinesRefused
from ingest.stores.influxdb.section import InfluxOptions

NO_LINE = "?"
"""Refused as unreadable where one may write: a trial writes nothing."""


def make_reader(admin: InfluxOptions, name: str, password: str) -> None:
    """Create the account, or give it this password, and let it read the database; 1.x only.

    Raises:
        StoreAway: the server does not answer, or refuses; its words show no password.
    """
    user, secret = influxql.identifier(name), influxql.string(password)
    with closing(InfluxHTTP(admin)) as server:
        known = {cells[0] for cells in _rows(server, "SHOW USERS")}
        change = (
            f"SET PASSWORD FOR {user} = {secret}"
            if name in known
            else f"CREATE USER {user} WITH PASSWORD {secret}"
        )
        for statement in (change, f"GRANT READ ON {influxql.identifier(admin.database)} TO {user}"):
            _rows(server, statement)


def reader_problem(options: InfluxOptions) -> str:
    """What is wrong with the account; "" where it may read the database and write nothing.

    Raises:
        StoreAway: the server does not answer at all.
    """
    who = options.username
    with closing(InfluxHTTP(replace(options, compress="never"))) as server:
        try:
            _rows(server, "SHOW MEASUREMENTS", options.database)
        except StoreAway as away:
            if away.kind != "refuses":
                raise
            return f"{who} may not read the database {options.database}: {away}"
        try:
            server.write(options.database, NO_LINE)
        except LinesRefused:
            return f"{who} may write, and is only to read: is authentication on (auth-enabled under [http])?"
        except StoreAway as away:
            return "" if away.kind == "refuses" else f"{who}: {away}"
    return f"{who} may write, and is only to read"


def _rows(server: InfluxHTTP, statement: str, database: str = "") -> list[list[Cell]]:
    try:
        with closing(server.query(statement, database, 1000)) as lines:
            return [row for series in influxql.read_all(lines, 1) for row in series.rows]
    except (influxql.ServerError, WrongAnswerError) as error:
        raise StoreAway(f"{server.url}: {server.redact(str(error))}", kind="refuses") from None
