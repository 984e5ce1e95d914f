from hypothesis import given
from hypothesis import strategies as st

from sensors.decoding.hj212.frame import Received, parse_frame
from sensors.decoding.hj212.reassembly import Incomplete, Reassembly, SplitMessage
from sensors.decoding.hj212.segment import Hj212Frame


def part(pno: int, pnum: int, area: str = "", mn: str = "A") -> Hj212Frame:
    text = area or f"DataTime=20260706080000;w{pno}-Avg={pno}"
    return Hj212Frame(mn=mn, cn="2061", flag=7, pnum=pnum, pno=pno, area=text)


def test_the_standards_own_two_parts(packets: dict[str, bytes]) -> None:
    """P6 and P7, in the wrong order."""
    answers = [parse_frame(packets[name]) for name in ("P7", "P6")]
    first, last = (answer.frame for answer in answers if isinstance(answer, Received))
    parts = Reassembly()

    assert parts.add(first) is None
    whole = parts.add(last)

    assert whole is not None
    assert whole.area == f"{last.area};{first.area.removeprefix('DataTime=20160801080000;')}"
    assert (whole.pnum, whole.pno, whole.flag, whole.qn) == (None, None, 5, last.qn)
    assert parts.incomplete() == []


@given(st.integers(2, 9).flatmap(lambda pnum: st.permutations([*range(1, pnum + 1), 1, 2])))
def test_any_order_with_repetitions_gives_one_whole(order: list[int]) -> None:
    pnum = max(order)
    parts = Reassembly()

    wholes = [parts.add(part(pno, pnum)) for pno in order]

    expected = ";".join(f"w{pno}-Avg={pno}" for pno in range(1, pnum + 1))
    assert {whole.area for whole in wholes if whole} == {f"DataTime=20260706080000;{expected}"}


def test_parts_of_different_messages_are_kept_apart() -> None:
    parts = Reassembly()

    assert parts.add(part(1, 2)) is None
    assert parts.add(part(2, 2, mn="B")) is None
    assert parts.add(part(2, 2, area="DataTime=20260706090000")) is None
    assert parts.add(part(2, 3)) is None
    assert [len(each.missing) for each in parts.incomplete()] == [1, 1, 1, 2]


def test_a_frame_that_is_no_part_is_whole() -> None:
    frame = Hj212Frame(mn="A", cn="2011", area="DataTime=20260706080000")

    assert Reassembly().add(frame) is frame
    assert Reassembly().add(part(1, 1)) == part(1, 1)


def test_what_never_comes_is_named() -> None:
    parts = Reassembly()
    parts.add(part(2, 3))

    assert parts.incomplete() == [Incomplete(SplitMessage("A", "2061", "20260706080000", 3), (1, 3))]
