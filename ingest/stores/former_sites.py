"""A store in which a renamed site has its whole history: that of its former ids is read as its own."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from msgspec.structs import replace

from ingest.stores.base import Store, StoredValue
from sensors.catalogue.model import Catalogue
from sensors.model import Key, Kind, StatisticName

if TYPE_CHECKING:
    from pandas import DataFrame


_READING = ("site", "parameter", "kind")
_IDENTITY: Mapping[str, Sequence[str]] = {
    "air": _READING,
    "water": _READING,
    "statistic": ("site", "parameter", "statistic"),
}
"""What makes two rows of a time the same, by measurement."""


def with_former_sites(store: Store, catalogue: Catalogue) -> Store:
    """The store itself where no site of the catalogue has another id than before."""
    former = {site.id: site.renamed_from for site in catalogue.sites.values() if site.renamed_from}
    return cast("Store", _StoreOfRenamed(store, former)) if former else store


class _StoreOfRenamed:
    """Reads under all ids of a site; under the present one, where two have a value of the same time.

    What is written goes under the present id, and stays under the former one as it was.
    """

    def __init__(self, store: Store, former: Mapping[str, Sequence[str]]) -> None:
        self._store = store
        self._former = former
        self._present = {old: new for new, ids in former.items() for old in ids}

    def __getattr__(self, name: str) -> Any:
        """What has nothing to do with ids is the store's."""
        return getattr(self._store, name)

    def stored(self, keys: Sequence[Key]) -> dict[Key, StoredValue]:
        """Under the present id, else under a former one."""
        meant = {replace(key, site=old): key for key in keys for old in self._former.get(key.site, ())}
        found = self._store.stored([*keys, *meant])
        return {meant[key]: value for key, value in found.items() if key in meant} | {
            key: value for key, value in found.items() if key not in meant
        }

    def latest(self) -> dict[tuple[str, str, str], datetime]:
        """The newest time under any of the ids."""
        found: dict[tuple[str, str, str], datetime] = {}
        for (site, parameter, kind), time in self._store.latest().items():
            key = self._present.get(site, site), parameter, kind
            found[key] = max(found.get(key, time), time)
        return found

    def readings(
        self, site: str, parameter: str, start: datetime, end: datetime, kind: Kind = "rtd"
    ) -> "DataFrame":
        """As of any store."""
        return self._joined(site, lambda id_: self._store.readings(id_, parameter, start, end, kind))

    def readings_by_parameter(
        self, site: str, parameters: Sequence[str], start: datetime, end: datetime, kind: Kind = "rtd"
    ) -> "Iterator[tuple[str, DataFrame]]":
        """As of any store."""
        read = self._store.readings_by_parameter
        return self._each_joined(site, lambda id_: read(id_, parameters, start, end, kind))

    def values_by_parameter(
        self, site: str, parameters: Sequence[str], start: datetime, end: datetime, kind: Kind = "rtd"
    ) -> "Iterator[tuple[str, DataFrame]]":
        """As of any store."""
        read = self._store.values_by_parameter
        return self._each_joined(site, lambda id_: read(id_, parameters, start, end, kind))

    def statistics(
        self, site: str, parameter: str, name: StatisticName, start: datetime, end: datetime
    ) -> "DataFrame":
        """As of any store."""
        return self._joined(site, lambda id_: self._store.statistics(id_, parameter, name, start, end))

    def statistics_by_parameter(
        self, site: str, parameters: Sequence[str], name: StatisticName, start: datetime, end: datetime
    ) -> "Iterator[tuple[str, DataFrame]]":
        """As of any store."""
        read = self._store.statistics_by_parameter
        return self._each_joined(site, lambda id_: read(id_, parameters, name, start, end))

    def points(
        self, measurement: str, start: datetime, end: datetime, tags: Mapping[str, str] | None = None
    ) -> "DataFrame":
        """As of any store; in its column `site` stands the present id."""
        tags = tags or {}
        asked = [{**tags, "site": id_} for id_ in self._ids(tags["site"])] if "site" in tags else [tags]
        found = _join([self._store.points(measurement, start, end, each) for each in asked], once=False)
        if "site" not in found or not found["site"].isin([*self._present]).any():
            return found
        found = found.assign(site=found["site"].replace(self._present))
        identity = [tag for tag in _IDENTITY.get(measurement, ()) if tag in found]
        if not identity:
            return found
        repeated = found.assign(_time=found.index).duplicated([*identity, "_time"], keep="last")
        return found[~repeated]

    def _ids(self, site: str) -> list[str]:
        return [*self._former.get(site, ()), site]

    def _joined(self, site: str, read: "Callable[[str], DataFrame]") -> "DataFrame":
        return _join([read(id_) for id_ in self._ids(site)])

    def _each_joined(
        self, site: str, read: "Callable[[str], Iterator[tuple[str, DataFrame]]]"
    ) -> "Iterator[tuple[str, DataFrame]]":
        *former, present = self._ids(site)
        if not former:
            yield from read(present)
            return
        before = [dict(read(id_)) for id_ in former]
        for parameter, frame in read(present):
            yield parameter, _join([*(each[parameter] for each in before if parameter in each), frame])


def _join(frames: "Sequence[DataFrame]", *, once: bool = True) -> "DataFrame":
    """By time; of two rows of one time the last frame's if one is enough."""
    filled = [frame for frame in frames if len(frame)]
    if len(filled) <= 1:
        return filled[0] if filled else frames[-1]
    from pandas import concat  # noqa: PLC0415 - half a second, where it is needed

    joined = concat(filled)
    if once:
        joined = joined[~joined.index.duplicated(keep="last")]
    return joined.sort_index(kind="stable")
