"""What is set of the embedded store."""

from ingest.stores.base import StoreSection


class Sqlite(StoreSection, frozen=True):
    """The embedded store's file."""

    never_blank = ("path",)
    paths = ("path",)

    path: str = "liangqu.db"

    @property
    def location(self) -> str:
        """The file."""
        return self.path
