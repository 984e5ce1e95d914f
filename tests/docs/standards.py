"""What the pages say of parameters, statistics, the store and HJ 212: tables out of the TOML files."""

import tomllib
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from ingest.stores.influxdb import site_readings
from sensors.catalogue import loader
from sensors.decoding.json_tolerances import TOLERANCES
from sensors.decoding.types import FLAGS
from sensors.model import MEDIA, Acceptance
from sensors.quality_code import QUALITY_CODES, validity_of
from sensors.standards.statistics import StatisticKind, statistics
from sensors.store_schema import CODE_SUFFIX, MEASUREMENTS, Measurement
from tests.docs.blocks import MEANING, Block, code, table
from tests.support.paths import ROOT

SENSORS = ROOT / "sensors"


def _rows(file: str, key: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = tomllib.loads((SENSORS / file).read_text(encoding="utf-8"))[key]
    return rows


def parameters(medium: str) -> str:
    """The parameters of a medium, in the order of parameters.toml."""
    return table(
        ("id", "unit", "decimals", "plausible, both ends", "HJ 212 codes", "中文", "English"),
        (
            (
                code(one.id), one.unit, f"{one.decimals}", f"{one.low:,.15g} to {one.high:,.15g}",
                " ".join(map(code, one.codes)), one.name.zh, one.name.en,
            )
            for one in loader.load().parameters.values()
            if one.medium == medium
        ),
    )  # fmt: skip


def flags() -> str:
    """The marks of HJ 212, normal first."""
    rows = ((code(flag), MEANING) for flag in sorted(FLAGS, key="NFMSDCTB".index))
    return table(("flag", "meaning"), rows)


def tolerances() -> str:
    """Each deviation from HJ 212 that has a name."""
    return table(
        ("name", "accepted", "what is sent", "中文"),
        (
            (code(row["name"]), "yes" if row["on"] else "no", row["en"], row["zh"])
            for row in _rows("decoding/hj212/tolerances.toml", "tolerance")
        ),
    )


def json_tolerances() -> str:
    """Each deviation from JSON and our envelope that has a name."""
    accepted = get_args(Acceptance)
    rows = (
        (code(name), "at a site that accepts it" if name in accepted else "everywhere", what)
        for name, what in TOLERANCES.items()
    )
    return table(("name", "read", "what is sent"), rows)


def commands() -> str:
    """What each command of HJ 212 brings, and how it is answered."""
    return table(
        ("CN", "what it is", "kind", "field of each factor", "answered with"),
        (
            (
                code(row["cn"]), row["en"],
                *(code(row.get(each, "")) for each in ("kind", "field", "answer")),
            )
            for row in _rows("decoding/hj212/commands.toml", "command")
        ),
    )  # fmt: skip


def measurements() -> str:
    """Every tag and field of every measurement that all stores keep alike."""
    alike = [one for name, one in MEASUREMENTS.items() if name not in MEDIA and not one.only_in]
    return _of_measurements(alike)


def readings_in_sqlite() -> str:
    """Every column of the tables of readings, which are also what a store gives."""
    return _of_measurements(MEASUREMENTS[medium] for medium in MEDIA)


def readings_in_influxdb() -> str:
    """Every tag and field of the points of a site's time, and of what only InfluxDB has."""
    sites = (
        Measurement(
            medium, site_readings.SITE, {"<parameter>": "float", f"<parameter>{CODE_SUFFIX}": "integer"}
        )
        for medium in MEDIA
    )
    return _of_measurements([*sites, *(one for one in MEASUREMENTS.values() if one.only_in == "influxdb")])


def quality_codes() -> str:
    """What each code says of a reading."""
    return table(
        ("code", "validity", "meaning"),
        ((code(f"{each}"), code(validity_of(each)), MEANING) for each in QUALITY_CODES),
    )


def _of_measurements(found: Iterable[Measurement]) -> str:
    return table(
        ("name", "is a", "type", "meaning"),
        (
            (code(f"{one.name}.{each}"), what, kind, MEANING)
            for one in found
            for each, what, kind in (
                *((tag, "tag", "string") for tag in one.tags),
                *((field, "field", kind) for field, kind in one.fields.items()),
                *((("*", "field", "float or string"),) if one.open else ()),
            )
        ),
    )


def statistic_kinds() -> str:
    """A row for each statistic."""
    return table(
        ("id", "English", "中文", "medium", "spans", "stamped", "compared", "held against the limit of"),
        (
            (
                code(kind.id), kind.name.en, kind.name.zh, " and ".join(kind.media), _span(kind),
                kind.stamped if kind.hours or kind.months else "", kind.compared,
                code(kind.limit_of) if kind.held_against else "its own" if kind.hours or kind.months else "",
            )
            for kind in statistics()
        ),
    )  # fmt: skip


def statistic_uses() -> str:
    """What each statistic takes part in."""
    return table(
        ("id", "air quality index", "plan's target", "water class", "end moves with the data", "rules"),
        (
            (
                code(kind.id), kind.index or "", _yes(on=kind.targeted),
                _yes(on=kind.classified), _yes(on=kind.running), "yes" if kind.watched else "reports only",
            )
            for kind in statistics()
        ),
    )  # fmt: skip


def _yes(*, on: bool) -> str:
    return "yes" if on else ""


def _span(kind: StatisticKind) -> str:
    if kind.months is not None:
        return "1 month" if kind.months == 1 else f"{kind.months} months"
    return "" if kind.hours is None else f"{kind.hours} h"


def completeness() -> str:
    """How much data each statistic needs."""
    return table(
        ("medium", "statistic", "needs", "counted are", "clause"),
        (
            (
                row["medium"], code(row["statistic"]), _needs(row), row["counts"],
                f"{row['standard']}: {row['clause']}",
            )
            for row in _rows("standards/completeness.toml", "rule")
        ),
    )  # fmt: skip


def _needs(row: Mapping[str, Any]) -> str:
    number = f"{row['needs']}" if "needs" in row else f"{row['share']:.0%}"
    of = f" of {row['of']}" if "of" in row else ""
    february = f", February {row['february']}" if "february" in row else ""
    few = f", below {row['few']} {row['few_share']:.0%}" if "few" in row else ""
    months = {"every": ", and every month valid", "closed": ", and every closed month valid"}
    return f"{number}{of}{february}{few}{months.get(row.get('months', ''), '')}"


def decimals() -> str:
    """Decimals that count, by use."""
    found = _rows("standards/rounding.toml", "decimals")
    return table(
        ("parameter", "reading", "assessment", "in force"),
        (
            (
                code(name),
                f"{row['reading'].get(name, '')}",
                f"{row['assessment'].get(name, '')}",
                _in_force(row),
            )
            for row in found
            for name in dict.fromkeys([*row["reading"], *row["assessment"]])
        ),
    )


def _in_force(row: Mapping[str, Any]) -> str:
    keys = {"valid_from": "from", "valid_to": "to"}
    return " ".join(f"{word} {row[key]}" for key, word in keys.items() if key in row)


def averaging() -> str:
    """What is averaged otherwise than by the arithmetic mean."""
    rows: Iterable[dict[str, Any]] = _rows("standards/completeness.toml", "averaging")
    return table(
        ("parameter", "method", "standard"),
        ((code(row["parameter"]), row["method"].replace("_", " "), row["standard"]) for row in rows),
    )


BLOCKS: Mapping[str, Block] = {
    "parameters-air": lambda: parameters("air"),
    "parameters-water": lambda: parameters("water"),
    "flags": flags,
    "hj212-tolerances": tolerances,
    "json-tolerances": json_tolerances,
    "hj212-commands": commands,
    "readings-in-influxdb": readings_in_influxdb,
    "quality-codes": quality_codes,
    "readings-in-sqlite": readings_in_sqlite,
    "measurements": measurements,
    "statistics": statistic_kinds,
    "statistics-uses": statistic_uses,
    "completeness": completeness,
    "decimals": decimals,
    "averaging": averaging,
}
