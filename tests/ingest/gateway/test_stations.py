from pathlib import Path

import pytest

from ingest.gateway.limits import RateLimit
from ingest.gateway.stations import AdmittedStations, PasswordFileError, read_passwords


@pytest.mark.parametrize(
    ("mn", "password", "let_in"),
    [
        pytest.param("A", "one", True, id="its own"),
        pytest.param("A", "others", False, id="not the others'"),
        pytest.param("B", "others", True, id="the others'"),
        pytest.param("A", "", False, id="none"),
        pytest.param("C", "others", False, id="a stranger who knows the password"),
    ],
)
def test_who_is_let_in(mn: str, password: str, let_in: bool) -> None:
    assert (
        AdmittedStations(["A", "B"], {"A": "one", "*": "others", "C": "others"}).admits(mn, password)
        == let_in
    )


def test_a_station_without_a_password_is_never_let_in_and_named() -> None:
    stations = AdmittedStations(["A", "B"], {"A": "one"})

    assert not stations.admits("B", "")
    assert stations.without_password() == ["B"]
    assert AdmittedStations(["A", "B"], {"*": "x"}).without_password() == []


def test_passwords_may_be_switched_off_for_known_stations_only() -> None:
    stations = AdmittedStations(["A"], None)

    assert stations.admits("A", "anything")
    assert not stations.admits("B", "anything")


def test_the_password_file(tmp_path: Path) -> None:
    file = tmp_path / "passwords"
    file.write_text("# station  password\nA110000_0001  123456\n\n*\tab#c\n", encoding="utf-8")

    assert read_passwords(file) == {"A110000_0001": "123456", "*": "ab#c"}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("A", "line 1: not of the form MN PASSWORD", id="no password"),
        pytest.param("A b c", "line 1: not of the form MN PASSWORD", id="a blank in it"),
        pytest.param("A b\nA c", "line 2: A stands twice", id="twice"),
    ],
)
def test_a_password_file_that_cannot_be_used(text: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "passwords"
    file.write_text(text, encoding="utf-8")

    with pytest.raises(PasswordFileError, match=words):
        read_passwords(file)


def test_a_password_file_of_another_encoding_is_named(tmp_path: Path) -> None:
    file = tmp_path / "passwords"
    file.write_bytes("# 后城\n* secret\n".encode("gbk"))

    with pytest.raises(PasswordFileError, match=r"line 1: not UTF-8 .*GBK") as error:
        read_passwords(file)

    assert str(error.value).startswith(f"{file}: ")
    file.write_text("* secret\n", encoding="utf-8-sig")
    assert read_passwords(file) == {"*": "secret"}


def test_a_missing_password_file(tmp_path: Path) -> None:
    with pytest.raises(PasswordFileError, match="No such file"):
        read_passwords(tmp_path / "none")


def test_pace_lets_a_burst_through_and_then_its_rate() -> None:
    pace = RateLimit(10, 3, now=0)

    assert [pace.wait(0) for _ in range(5)] == [0, 0, 0, pytest.approx(0.1), pytest.approx(0.2)]
    assert pace.wait(0.4) == 0
    assert [pace.wait(100) for _ in range(4)] == [0, 0, 0, pytest.approx(0.1)]
