import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.decoding.hj212.crc import LONGEST, crc16, modbus_crc16


def by_the_letter(segment: bytes) -> int:
    """Annex A of HJ 212-2017, step by step."""
    register = 0xFFFF
    for byte in segment:
        register = (register >> 8) ^ byte
        for _ in range(8):
            lowest = register & 1
            register >>= 1
            if lowest:
                register ^= 0xA001
    return register


EXAMPLE = (
    b"QN=20160801085857223;ST=32;CN=1062;PW=100000;MN=010000A8900016F000169DC0;Flag=5;CP=&&RtdInterval=30&&"
)


def test_the_standards_own_example() -> None:
    assert crc16(EXAMPLE) == 0x1C80


@pytest.mark.parametrize(
    ("sum_of", "expected"),
    [
        pytest.param(crc16, 0x2F80, id="HJ 212"),
        pytest.param(modbus_crc16, 0x4B37, id="CRC-16/MODBUS, its published check value"),
    ],
)
def test_check_value_of_the_nine_digits(sum_of: object, expected: int) -> None:
    assert callable(sum_of)
    assert sum_of(b"123456789") == expected


@given(st.binary(max_size=2000))
def test_folding_gives_what_annex_a_gives(segment: bytes) -> None:
    assert crc16(segment) == by_the_letter(segment)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 255, 256, 257, 1024, 9999, LONGEST])
def test_folding_at_the_edges_of_its_powers(size: int) -> None:
    segment = bytes(i * 37 + 11 & 0xFF for i in range(size))

    assert crc16(segment) == by_the_letter(segment)


def test_only_256_sums_exist() -> None:
    """Why a wrong length is worth noticing although the sum is right."""
    assert len({crc16(EXAMPLE[:cut] + bytes([byte])) for cut in range(90) for byte in range(256)}) == 256
