"""The data area, between the two `&&`: `DataTime=…;a34004-Rtd=31.2,a34004-Flag=N;…`."""

from collections.abc import Mapping

from msgspec import Struct

from sensors.decoding.hj212.tolerances import Deviations, Malformed


class Area(Struct, frozen=True):
    """The content of a data area, as text and in the order sent.

    `plain` holds fields such as `DataTime`; `factors` each factor's fields (`Rtd Avg Min Max Cou Flag …`) by
    its code. `contradicted` names the `code-field`s that came twice with different values; `factors` has the
    first one.
    """

    plain: Mapping[str, str] = {}
    factors: Mapping[str, Mapping[str, str]] = {}
    contradicted: frozenset[str] = frozenset()


def parse_area(text: str, seen: Deviations) -> Area:
    """Parse a data area.

    Raises:
        Malformed: Something is not name=value, a plain field contradicts itself, or a deviation that was
            found is not tolerated.
    """
    plain: dict[str, str] = {}
    factors: dict[str, dict[str, str]] = {}
    contradicted: set[str] = set()
    for group in text.split(";") if text else ():
        current = None
        for pair in group.split(","):
            name, equals, value = pair.partition("=")
            code, dash, field = name.partition("-")
            if not (dash and equals):
                _plain_field(pair, plain, seen)
                current = ","  # no code is a comma, so the next one differs
                continue
            if code != current:
                if current is not None:
                    seen.note("comma_between_items", name)
                fields = _factor(code, factors, seen)
                current = code
            if field not in fields:
                fields[field] = value
            elif fields[field] == value:
                seen.note("repeated_value", name)
            else:
                contradicted.add(name)
    return Area(plain, factors, frozenset(contradicted))


def build_area(area: Area) -> str:
    """The text of a data area; the inverse of `parse_area` for what keeps the standard's separators."""
    items = [f"{name}={value}" for name, value in area.plain.items()]
    for code, fields in area.factors.items():
        items.append(",".join(f"{code}-{field}={value}" for field, value in fields.items()))
    return ";".join(items)


def _factor(code: str, factors: dict[str, dict[str, str]], seen: Deviations) -> dict[str, str]:
    fields = factors.get(code)
    if fields is not None:
        seen.note("semicolon_within_item", code)
        return fields
    if not code:
        raise Malformed("a value without a factor code", "CP")
    fields = factors[code] = {}
    return fields


def _plain_field(pair: str, plain: dict[str, str], seen: Deviations) -> None:
    name, equals, value = pair.partition("=")
    if not pair:
        seen.note("trailing_separator", "CP")
    elif not (name and equals):
        raise Malformed(f"{pair[:64]!r} is not name=value", "CP")
    elif plain.setdefault(name, value) != value:
        raise Malformed(f"two different values of {name}", name)
