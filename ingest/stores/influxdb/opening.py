"""From the settings to the store, and to the process that writes it."""

from ingest.stores.influxdb.copier import InfluxCopier
from ingest.stores.influxdb.section import Influxdb
from ingest.stores.influxdb.store import InfluxDBStore
from ingest.stores.influxdb.writer import WriterProcess


def open_store(section: Influxdb) -> InfluxDBStore:
    """The store; nothing is connected yet.

    Raises:
        ValueError: the address or a secret cannot be used; the text shows no secret.
    """
    return InfluxDBStore(section.options)


def open_writer(section: Influxdb) -> WriterProcess:
    """The process that writes it, not yet started."""
    return WriterProcess(section.options)


def open_copier(section: Influxdb) -> InfluxCopier:
    """What copies it whole; ValueError as `open_store`."""
    return InfluxCopier(section.options)
