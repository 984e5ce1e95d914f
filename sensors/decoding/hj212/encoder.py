"""Encodes a native message as the frames that a data logger would have sent: for simulation."""

from datetime import datetime
from typing import Any

import msgspec

from sensors.catalogue.model import Catalogue, Site
from sensors.catalogue.units import shift
from sensors.decoding.hj212.area import Area, build_area
from sensors.decoding.hj212.decoder import unit_exponent
from sensors.decoding.hj212.segment import Hj212Frame
from sensors.decoding.hj212.vocabulary import CHINA, COMMANDS, Command
from sensors.decoding.times import parse_time

FLAG = 9
_SYSTEMS = {"air": "22", "water": "21"}
_BY_KIND: dict[str, Command] = {command.kind: command for command in COMMANDS.values() if command.kind}


def frames_from_native(
    payload: bytes, site: Site, catalogue: Catalogue, password: str, number: int = 0
) -> list[Hj212Frame]:
    """A frame for each object of a native payload; none for what no data logger could express.

    Args:
        payload: JSON of docs/reference/messages.md, an object or an array of them.
        site: Whose MN and units are used.
        catalogue: Units and codes of the parameters.
        password: PW.
        number: The last three digits of QN, so that frames of one second differ.
    """
    try:
        sent = msgspec.json.decode(payload, type=dict[str, Any] | list[dict[str, Any]])
        frames = [
            _frame(native, site, catalogue, password, number)
            for native in (sent if isinstance(sent, list) else [sent])
        ]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, KeyError):
        return []
    return [frame for frame in frames if frame] if all(frames) else []


def _frame(
    native: dict[str, Any], site: Site, catalogue: Catalogue, password: str, number: int
) -> Hj212Frame | None:
    command = _BY_KIND[msgspec.convert(native.get("kind", "rtd"), str)]
    time = parse_time(native["time"])
    values = msgspec.convert(native["values"], dict[str, float | None])
    marks = msgspec.convert(native.get("flags", {}), dict[str, str])
    if not isinstance(time, datetime) or not site.mn:
        return None
    factors = {}
    for name, value in values.items():
        if value is None:
            continue
        parameter = catalogue.parameter(name)
        if parameter is None or not parameter.codes:
            return None
        code = parameter.codes[0]
        sent = shift(value, -unit_exponent(code, parameter, site))
        factors[code] = {command.field: repr(sent), "Flag": marks.get(name, "N")}
    local = f"{time.astimezone(CHINA):%Y%m%d%H%M%S}"
    return Hj212Frame(
        qn=f"{local}{number % 1000:03d}",
        st=_SYSTEMS[site.medium],
        cn=command.cn,
        pw=password,
        mn=site.mn,
        flag=FLAG,
        area=build_area(Area({"DataTime": local}, factors)),
    )
