from datetime import UTC, datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sensors.decoding.hj212.crc import crc16
from sensors.decoding.hj212.frame import Received, build_frame, parse_frame, stated_frame
from sensors.decoding.hj212.replies import carries_data, replies
from sensors.decoding.hj212.segment import Hj212Frame

NOW = datetime(2026, 7, 6, 0, 58, 57, 123_456, tzinfo=UTC)


def sent(cn: str, flag: int | None = 5, area: str = "") -> Hj212Frame:
    return Hj212Frame(
        qn="20260706085857001", st="21", cn=cn, pw="123456", mn="A110000_0001", flag=flag, area=area
    )


@pytest.mark.parametrize(
    ("cn", "answer", "area"),
    [
        pytest.param("2011", "9014", "", id="real time"),
        pytest.param("2051", "9014", "", id="minutes"),
        pytest.param("2061", "9014", "", id="hours"),
        pytest.param("2031", "9014", "", id="days"),
        pytest.param("2081", "9014", "", id="start of the logger"),
        pytest.param("2062", "9014", "", id="data of a CN we cannot read yet, kept all the same"),
        pytest.param("9015", "9013", "", id="heartbeat"),
        pytest.param("3019", "9014", "", id="a serial number, uploaded"),
        pytest.param("3020", "9014", "", id="information of the site, uploaded"),
        pytest.param("1062", "9011", "QnRtn=8", id="a request to us"),
        pytest.param("8013", "9011", "QnRtn=8", id="a command of nobody's standard"),
        pytest.param("", "9011", "QnRtn=8", id="a command that cannot be read"),
    ],
)
def test_the_answer_to_each_command(cn: str, answer: str, area: str) -> None:
    (reply,) = replies(sent(cn), NOW)

    assert reply == Hj212Frame(
        qn="20260706085857001", st="91", cn=answer, pw="123456", mn="A110000_0001", flag=4, area=area
    )
    assert isinstance(parse_frame(build_frame(reply)), Received)


@pytest.mark.parametrize(
    ("flag", "answered"),
    [
        pytest.param(5, 4, id="2017"),
        pytest.param(7, 4, id="2017, with packet numbers"),
        pytest.param(9, 8, id="2025 and the water network"),
        pytest.param(1, 0, id="2005"),
    ],
)
def test_the_answer_keeps_the_senders_version_and_asks_for_nothing(flag: int, answered: int) -> None:
    assert [reply.flag for reply in replies(sent("2011", flag), NOW)] == [answered]


@pytest.mark.parametrize("flag", [None, 0, 4, 6, 8])
def test_without_the_reply_bit_nothing_is_said(flag: int | None) -> None:
    assert replies(sent("2011", flag), NOW) == []
    assert replies(sent("9015", flag), NOW) == []


@pytest.mark.parametrize("cn", ["9011", "9012", "9013", "9014"])
def test_an_answer_is_never_answered(cn: str) -> None:
    """Two sides that answer answers would talk for ever."""
    assert replies(sent(cn), NOW) == []


def test_who_asks_for_the_time_is_answered_and_its_clock_is_set() -> None:
    notice, clock = replies(sent("1013", area="PolId=w01018"), NOW)

    assert (notice.cn, notice.area) == ("9013", "")
    assert (clock.cn, clock.flag, clock.st) == ("1012", 5, "21")
    assert clock.qn == "20260706085857123"
    assert clock.area == "PolId=w01018;SystemTime=20260706085857"


def test_the_loggers_own_clock_is_set_without_naming_an_analyser() -> None:
    (clock,) = replies(sent("1013", flag=4, area="=;;-"), NOW)

    assert clock.area == "SystemTime=20260706085857"


def test_the_standards_own_answer(packets: dict[str, bytes]) -> None:
    """P14 is such an answer, with the sum in lower case."""
    answer = parse_frame(packets["P14"])
    assert isinstance(answer, Received)
    asked = Hj212Frame(
        qn="20201015123632010", st="21", cn="2011", pw="123456", mn="410183160889201000212505", flag=5
    )

    assert replies(asked, NOW) == [answer.frame]


@example("QN=1=2;ST=;RF=0;XY==", "x&")
@example("QN=CP=&", "&;=")
@given(st.text(st.characters(codec="utf-8"), max_size=60), st.text(st.characters(codec="utf-8"), max_size=30))
def test_whatever_can_be_read_can_be_answered(head: str, area: str) -> None:
    """A strange PW or QN comes back in the answer; it must not break the connection's task."""
    for cn in ("2011", "1013", "1062"):
        segment = f"PW=1;{head};CN={cn};MN=A1;Flag=5;CP=&&PolId={area}&&".encode()
        payload = b"##%04d%b%04X" % (len(segment), segment, crc16(segment))
        read = parse_frame(payload)
        answered = read.frame if isinstance(read, Received) else stated_frame(payload)
        if answered is not None and answered.mn:
            assert all(build_frame(reply) for reply in replies(answered, NOW))


def test_what_is_data_and_what_is_talk() -> None:
    assert carries_data(sent("2062"))
    assert not carries_data(sent("9014"))
    assert not carries_data(sent("3019"))
