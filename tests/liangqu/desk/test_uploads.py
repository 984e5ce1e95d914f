from datetime import UTC, datetime, timedelta
from errno import ENOSPC
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from liangqu.desk.uploads import KEPT, MOST, Uploads, harmless_name

START = datetime(2026, 11, 26, tzinfo=UTC)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("10月.csv", "10月.csv"),
        ("../../etc/passwd", "passwd"),
        (r"C:\data\air.xlsx", "air.xlsx"),
        ("-rf .csv", "rf .csv"),
        (".hidden", "hidden"),
        ("a\nb\0c.csv", "a_b_c.csv"),
        ("", "file.csv"),
        ("..", "file.csv"),
        (".hidden-" + "a" * 300 + ".csv", "a" * 236 + ".csv"),  # 240 bytes
        ("x" + "-" * 236 + ".csv", "csv"),  # what is cut off shows no sign that hides or is an option
        ("\N{CJK UNIFIED IDEOGRAPH-20000}" * 90 + ".csv", "\N{CJK UNIFIED IDEOGRAPH-20000}" * 59 + ".csv"),
    ],
)
def test_names(name: str, kept: str) -> None:
    assert harmless_name(name) == kept


@given(st.text())
def test_no_name_leads_elsewhere(name: str) -> None:
    found = harmless_name(name)
    assert found
    assert found.isprintable()
    assert found[0] not in ".-"
    assert not {"/", "\\", "\0"} & {*found}


def test_a_file_is_its_senders_alone_for_an_hour() -> None:
    now = [START]
    uploads = Uploads(lambda: now[0])
    sent = uploads.add("x.csv", BytesIO(b"site,time,pm25\n"), "wang")
    assert sent.path.read_bytes() == b"site,time,pm25\n"
    assert uploads.find(sent.token, "wang") == sent
    assert uploads.find(sent.token, "li") is None
    assert uploads.find("", "wang") is None
    now[0] += KEPT
    assert uploads.find(sent.token, "wang") == sent
    now[0] += timedelta(seconds=1)
    assert uploads.find(sent.token, "wang") is None
    uploads.add("y.csv", BytesIO(), "wang")
    assert not sent.path.exists()
    uploads.close()


def test_of_too_many_the_oldest_goes() -> None:
    uploads = Uploads(lambda: START)
    sent = [uploads.add("x.csv", BytesIO(), "wang") for _ in range(MOST + 2)]
    assert [one.path.exists() for one in sent] == [False, False] + [True] * MOST
    uploads.close()
    assert not any(one.path.exists() for one in sent)


def test_of_a_file_that_cannot_be_written_nothing_is_left() -> None:
    class Full(BytesIO):
        def read(self, *_: object) -> bytes:
            raise OSError(ENOSPC, "No space left on device")

    uploads = Uploads(lambda: START)
    whole = uploads.add("x.csv", BytesIO(b"1"), "wang")
    with pytest.raises(OSError, match="No space"):
        uploads.add("y.csv", Full(), "wang")
    assert [*whole.path.parent.parent.iterdir()] == [whole.path.parent]
    uploads.close()


def test_one_that_is_taken_in_stays_until_it_has_been() -> None:
    uploads = Uploads(lambda: START)
    first = uploads.add("x.csv", BytesIO(b"x"), "wang")
    uploads.take(first)
    for _ in range(MOST + 1):
        uploads.add("y.csv", BytesIO(), "li")
    assert first.path.read_bytes() == b"x"
    assert uploads.find(first.token, "wang") is None
    uploads.remove(first)
    assert not first.path.exists()
    uploads.close()
