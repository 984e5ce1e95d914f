"""Every store: a file of its own in this folder, and a row here."""

from collections.abc import Mapping

from msgspec import Struct

from ingest.stores.base import StoreSection
from ingest.stores.influxdb.section import Influxdb
from ingest.stores.sqlite.section import Sqlite


class StoreKind(Struct, frozen=True):
    """One kind of store.

    Args:
        name: What `store.kind` of the settings says, and the name of the table of its own keys.
        section: That table.
        module: The file in this package. `open_store(section)` makes a `Store`, connected to nothing yet, and
            raises ValueError. `open_writer(section)`, where there is one, makes the `Transport` of a process
            that writes beside the service, `open_copier(section)` the `StoreCopier` of `liangqu backup`.
            Loaded only when it is chosen; secrets are read from their files.
    """

    name: str
    section: type[StoreSection]
    module: str


STORES: Mapping[str, StoreKind] = {
    kind.name: kind
    for kind in (
        StoreKind("sqlite", Sqlite, "sqlite.opening"),
        StoreKind("influxdb", Influxdb, "influxdb.opening"),
    )
}
