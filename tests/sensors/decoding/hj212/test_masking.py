import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.decoding.hj212.crc import crc16
from sensors.decoding.hj212.frame import parse_frame
from sensors.decoding.hj212.masking import mask_passwords
from sensors.model import Refused

SECRET = "s3cretWORD"
GOOD = "QN=20260706085857000;ST=21;CN=2011;PW={};MN=A110000_0001;Flag=9;CP=&&DataTime=20260706085800&&"


def framed(segment: str) -> bytes:
    """With a right length and sum, so that the segment is looked into."""
    body = segment.encode()
    return b"##%04d%b%04X\r\n" % (len(body), body, crc16(body))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("PW=123456;MN=A", "PW=******;MN=A", id="as the standard has it"),
        pytest.param("pw=123456,MN=A", "pw=******,MN=A", id="commas, small letters"),
        pytest.param("PW:123456", "PW:******", id="colon"),
        pytest.param("PW = 123456;", "PW = ******;", id="spaces"),
        pytest.param("CN=2011PW=1 2;MN=A", "CN=2011PW=******;MN=A", id="a separator lost"),
        pytest.param('{"password": "x y", "a": 1}', '{"password": "******", "a": 1}', id="JSON"),
        pytest.param("密码：123456;", "密码：******;", id="Chinese"),
        pytest.param("PW=;MN=A", "PW=;MN=A", id="none"),
        pytest.param("w01001-Rtd=7.1", "w01001-Rtd=7.1", id="no password"),
    ],
)
def test_masked(text: str, shown: str) -> None:
    assert mask_passwords(text) == shown


@pytest.mark.parametrize(
    "head",
    [
        GOOD.format(SECRET).replace("PW=", "PW:"),
        GOOD.format(SECRET).replace("PW=", "PW "),
        GOOD.format(SECRET).replace("PW=", ""),
        GOOD.format(SECRET).replace(";PW=", "PW="),
        GOOD.format(SECRET).replace(";MN=A110000_0001", "").replace("PW=", "MN=x PW="),
        GOOD.format(SECRET).replace("Flag=9", f"Flag=PW={SECRET}"),
        GOOD.format(SECRET).replace("Flag=9", f"PW={SECRET}2"),
        GOOD.format(SECRET).replace("Flag=9", f"PW:{SECRET}=1;PW:{SECRET}=2"),
        GOOD.format(SECRET).replace("DataTime", f"PW:{SECRET};DataTime"),
        GOOD.format(SECRET).replace("CP=&&", "CP="),
    ],
)
def test_no_refusal_shows_the_password(head: str) -> None:
    answer = parse_frame(framed(head))

    assert SECRET not in f"{answer.where}{answer.detail}" if isinstance(answer, Refused) else True


@given(st.data())
def test_no_refusal_shows_it_whatever_else_is_wrong(data: st.DataObject) -> None:
    """A good head, of which a few signs are lost or changed, but none of the name PW and of the secret."""
    head = GOOD.format(SECRET)
    kept = range(*re.search(f"PW={SECRET}", head).span())  # type: ignore[union-attr]
    places = data.draw(st.lists(st.integers(0, len(head) - 1).filter(lambda at: at not in kept), max_size=4))
    signs = list(head)
    for at in places:
        signs[at] = data.draw(st.sampled_from(["", ";", "=", ",", "&", "x", " "]))
    answer = parse_frame(framed("".join(signs)))

    if isinstance(answer, Refused):
        assert SECRET not in answer.where + answer.detail
