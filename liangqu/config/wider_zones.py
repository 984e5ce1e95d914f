"""The table `[zones]` of the settings file: where the members of wider zones are kept."""

from sensors.section import Section


class WiderZones(Section, frozen=True):
    """Settings files of other services, whose stores hold members of the zones with `of`."""

    paths = ("shards",)

    shards: tuple[str, ...] = ()
