"""The data segment: the fields `QN ST CN PW MN Flag PNUM PNO RF` and, last, the data area `CP`."""

import re

from msgspec import Struct

from sensors.decoding.hj212.tolerances import Deviations, Malformed

REPLY_WANTED = 0b01
PACKET_NUMBERS = 0b10
FLAG_HIGHEST = 255

_MN = re.compile(r"[0-9A-Za-z_.-]{1,64}")
_EPC_96 = re.compile(r"[0-9A-F]{24}")
_CN = re.compile(r"[0-9]{4}")
_ST = re.compile(r"[0-9A-Z]{2}")
_QN = re.compile(r"[0-9]{17}")
_NUMBER = re.compile(r"[0-9]{1,4}")
_KNOWN = frozenset({"QN", "ST", "CN", "PW", "MN", "Flag", "PNUM", "PNO", "RF"})
_BY_LOWER = {name.lower(): name for name in _KNOWN}
_SEPARATORS = re.compile(r"([;,=&-])")
_LOOSE_AREA = re.compile(r"(?<![0-9A-Za-z])CP=(&{0,2})", re.IGNORECASE)


class Hj212Frame(Struct, frozen=True, kw_only=True):
    """One frame's content. Empty text and None mean that the field is absent.

    `area` is the text between the two `&&`. `flag` holds the version in bits 7 to 2, "packet numbers follow"
    in bit 1 and "reply wanted" in bit 0. `rf` marks a back-filled frame (HJ 212-2025, one source).
    """

    mn: str
    cn: str
    st: str = ""
    pw: str = ""
    qn: str = ""
    flag: int | None = None
    pnum: int | None = None
    pno: int | None = None
    rf: bool = False
    area: str = ""

    @property
    def reply_wanted(self) -> bool:
        """Whether the sender asks for an answer; never without a Flag."""
        return bool((self.flag or 0) & REPLY_WANTED)


def build_segment(frame: Hj212Frame) -> str:
    """The text of a segment, fields in the standard's order."""
    fields = {
        "QN": frame.qn,
        "ST": frame.st,
        "CN": frame.cn,
        "PW": frame.pw,
        "MN": frame.mn,
        "Flag": _text(frame.flag),
        "PNUM": _text(frame.pnum),
        "PNO": _text(frame.pno),
        "RF": "1" if frame.rf else "",
    }
    head = "".join(f"{name}={value};" for name, value in fields.items() if value)
    return f"{head}CP=&&{frame.area}&&"


def parse_segment(text: str, seen: Deviations) -> Hj212Frame:
    """Read a segment; the data area stays text.

    Raises:
        Malformed: There is no CP or no usable MN or CN, a field contradicts itself, or a deviation is not
            tolerated.
    """
    head, area = _split_area(_without_blanks(text, seen), seen)
    fields = _head_fields(head, seen)
    if not fields.keys() <= _KNOWN:
        seen.note("unknown_field", min(fields.keys() - _KNOWN))
    flag = _flag(fields.get("Flag"), seen)
    pnum, pno = _packet_numbers(fields, flag, seen)
    mn = _required("MN", _MN, fields)
    if not _EPC_96.fullmatch(mn):
        seen.note("mn_form", "MN")
    cn = _required("CN", _CN, fields)
    _note_deviations(fields, seen)
    return Hj212Frame(
        mn=mn,
        cn=cn,
        st=fields.get("ST", ""),
        pw=fields.get("PW", ""),
        qn=fields.get("QN", ""),
        flag=flag,
        pnum=pnum,
        pno=pno,
        rf=fields.get("RF") == "1",
        area=area,
    )


def stated_fields(text: str) -> Hj212Frame:
    """What can be made out of the fields before CP, without judging them; the data area is left out."""
    fields: dict[str, str] = {}
    for pair in text.replace(",", ";").partition("&&")[0].split(";"):
        name, _, value = pair.partition("=")
        fields.setdefault(_BY_LOWER.get(name.strip().lower(), ""), value.strip())
    flag = fields.get("Flag")
    readable = flag is not None and _NUMBER.fullmatch(flag) and int(flag) <= FLAG_HIGHEST
    return Hj212Frame(
        mn=fields.get("MN", ""),
        cn=_as_read(_CN, fields.get("CN", "")),
        pw=fields.get("PW", ""),
        qn=_as_read(_MN, fields.get("QN", "")),
        st=_as_read(_ST, fields.get("ST", "")),
        flag=None if flag is None else int(flag) if readable else REPLY_WANTED,
    )


def _as_read(form: re.Pattern[str], value: str) -> str:
    return value if form.fullmatch(value) else ""


def _text(number: int | None) -> str:
    return "" if number is None else str(number)


def _without_blanks(text: str, seen: Deviations) -> str:
    """The text without blanks beside its separators; those within a value stay."""
    if " " not in text and "\t" not in text:
        return text
    stripped = "".join(part.strip(" \t") for part in _SEPARATORS.split(text))
    if stripped != text:
        seen.note("blanks", "segment")
    return stripped


def _split_area(text: str, seen: Deviations) -> tuple[str, str]:
    """What stands before CP, and what between the two `&&`."""
    head, start, rest = text.partition("CP=&&")
    if not start:
        found = _LOOSE_AREA.search(text)
        if not found:
            raise Malformed("no CP=&&", "CP")
        head, rest = text[: found.start()], text[found.end() :]
        seen.note("name_case" if found[1] == "&&" else "area_marks", "CP")
    area = rest.removesuffix("&&")
    if "&&" in area:
        raise Malformed("there is more than one data area, or something after it", "CP")
    if area == rest:
        seen.note("area_marks", "CP")
        area = rest.removesuffix("&")
    return head, area


def _head_fields(head: str, seen: Deviations) -> dict[str, str]:
    if "," in head:
        seen.note("comma_in_head", "QN")
        head = head.replace(",", ";")
    fields: dict[str, str] = {}
    for pair in head.split(";"):
        name, equals, value = pair.partition("=")
        if not equals:
            if pair:
                # Not shown: it may be the password.
                raise Malformed(f"{len(pair)} characters before CP are not name=value", "head")
            continue
        if name not in _KNOWN and name.lower() in _BY_LOWER:
            name = _BY_LOWER[name.lower()]
            seen.note("name_case", name)
        if fields.setdefault(name, value) != value:
            raise Malformed(f"two different values of {name}", name)
    return fields


def _required(name: str, form: re.Pattern[str], fields: dict[str, str]) -> str:
    value = fields.get(name, "")
    if not form.fullmatch(value):
        raise Malformed(f"no {name}" if not value else f"{name} {value[:64]!r} is not {form.pattern}", name)
    return value


def _note_deviations(fields: dict[str, str], seen: Deviations) -> None:
    if not _ST.fullmatch(fields.get("ST", "")):
        seen.note("st_form", "ST")
    if not fields.get("PW"):
        seen.note("missing_password", "PW")
    if not fields.get("QN"):
        seen.note("missing_qn", "QN")
    elif not _QN.fullmatch(fields["QN"]):
        seen.note("qn_form", "QN")
    if fields.get("RF", "1") != "1":
        seen.note("rf_form", "RF")


def _flag(value: str | None, seen: Deviations) -> int | None:
    if value is None:
        seen.note("missing_flag", "Flag")
        return None
    if not _NUMBER.fullmatch(value) or int(value) > FLAG_HIGHEST:
        raise Malformed(f"Flag {value[:64]!r} is not a number from 0 to {FLAG_HIGHEST}", "Flag")
    return int(value)


def _packet_numbers(
    fields: dict[str, str], flag: int | None, seen: Deviations
) -> tuple[int | None, int | None]:
    given = [fields[name] for name in ("PNUM", "PNO") if name in fields]
    if bool((flag or 0) & PACKET_NUMBERS) != (len(given) == 2):  # noqa: PLR2004 - both of them
        seen.note("packet_numbers", "PNUM")
    if not given:
        return None, None
    if not all(_NUMBER.fullmatch(value) for value in given) or len(given) == 1:
        raise Malformed("PNUM and PNO are not two numbers of up to four digits", "PNUM")
    pnum, pno = int(given[0]), int(given[1])
    if not 1 <= pno <= pnum:
        raise Malformed(f"PNO {pno} is not from 1 to PNUM {pnum}", "PNO")
    return pnum, pno
