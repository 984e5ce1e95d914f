"""The platform's replies to a data logger once it has accepted what was sent.

The answers to data and notices carry no verdict, so "no" is said by silence: the logger keeps what was not
answered and sends it again (HJ 212-2017: after 10 s, three times).
"""

from datetime import datetime

from sensors.decoding.hj212.area import parse_area
from sensors.decoding.hj212.segment import PACKET_NUMBERS, REPLY_WANTED, Hj212Frame
from sensors.decoding.hj212.tolerances import Deviations, Malformed
from sensors.decoding.hj212.vocabulary import (
    ASK_CLOCK,
    CHINA,
    COMMANDS,
    DATA_ANSWER,
    REQUEST_ANSWER,
    SET_CLOCK,
)

SYSTEM = "91"
CN_IS_NOT_DONE = 8
_DATA = "2"
_VERSION = 0xFF ^ REPLY_WANTED ^ PACKET_NUMBERS


def carries_data(frame: Hj212Frame) -> bool:
    """Whether the frame carries data: every CN of 2000 to 2999, known here or not."""
    return frame.cn.startswith(_DATA)


def replies(frame: Hj212Frame, now: datetime) -> list[Hj212Frame]:
    """What to send to the logger that sent this frame and whose password is right, in this order.

    Data: 9014. Notices (heartbeat, asking for the time): 9013, and after the latter 1012 with `now` in
    China's time. Requests, which we do not execute: 9011 with QnRtn 8. Answers are never answered. Without
    bit 0 of Flag nothing is said, except that the time is set when it was asked for.

    Source: HJ 212-2017 chapter 6 and annex C; 9015 and its answer by one public implementer of 2025.
    """
    command = COMMANDS.get(frame.cn)
    answer = command.answer if command else DATA_ANSWER if carries_data(frame) else REQUEST_ANSWER
    sent = []
    if frame.reply_wanted and answer:
        area = f"QnRtn={CN_IS_NOT_DONE}" if answer == REQUEST_ANSWER else ""
        sent.append(_reply(frame, answer, area))
    if frame.cn == ASK_CLOCK:
        sent.append(_set_clock(frame, now))
    return sent


def _reply(frame: Hj212Frame, cn: str, area: str) -> Hj212Frame:
    flag = _version(frame)
    return Hj212Frame(qn=frame.qn, st=SYSTEM, cn=cn, pw=frame.pw, mn=frame.mn, flag=flag, area=area)


def _set_clock(frame: Hj212Frame, now: datetime) -> Hj212Frame:
    local = now.astimezone(CHINA)
    analyser = _analyser(frame.area)
    return Hj212Frame(
        qn=f"{local:%Y%m%d%H%M%S}{local.microsecond // 1000:03d}",
        st=frame.st,
        cn=SET_CLOCK,
        pw=frame.pw,
        mn=frame.mn,
        flag=_version(frame) | REPLY_WANTED,
        area=f"{analyser}SystemTime={local:%Y%m%d%H%M%S}",
    )


def _version(frame: Hj212Frame) -> int:
    """The sender's own version bits: 4 for HJ 212-2017, 8 for HJ 212-2025 and the water network."""
    return (frame.flag or 0) & _VERSION


def _analyser(area: str) -> str:
    """`PolId=…;` if the clock of an analyser was meant and not the logger's own."""
    try:
        asked = parse_area(area, Deviations()).plain.get("PolId", "")
    except Malformed:
        asked = ""
    return f"PolId={asked};" if asked else ""
