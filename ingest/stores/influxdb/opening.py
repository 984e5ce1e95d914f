"""From the settings to the store, and to the process that writes it."""

from ingest.stores.influxdb.section import Influxdb
from ingest.stores.influxdb.store import InfluxDBStore, InfluxOptions
from ingest.stores.influxdb.writer import WriterProcess
from sensors.durations import parse_duration


def open_store(section: Influxdb) -> InfluxDBStore:
    """The store; nothing is connected yet.

    Raises:
        ValueError: it cannot be asked at that address, or with that secret; the words show no secret.
    """
    return InfluxDBStore(**_options(section))


def open_writer(section: Influxdb) -> WriterProcess:
    """The process that writes it, not yet started."""
    return WriterProcess(_options(section))


def _options(section: Influxdb) -> InfluxOptions:
    return {
        "url": section.url,
        "database": section.database,
        "username": section.username,
        "password": section.password,
        "token": section.token,
        "org": section.org,
        "timeout": parse_duration(section.timeout).total_seconds(),
        "compress": section.compress,
    }
