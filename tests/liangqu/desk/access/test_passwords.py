"""Which passwords are taken, by length and by how soon they would be guessed."""

import threading

import pytest
from argon2 import extract_parameters

from liangqu.desk.access import passwords
from liangqu.desk.access.passwords import CrowdedError, is_hash, is_password, to_hash, why_refused


@pytest.mark.parametrize(
    ("password", "why"),
    [
        pytest.param("kR4-x9!pQ2z", "too_short", id="11 of all kinds"),
        pytest.param("mengniu tractor 27", "", id="words and a number"),
        pytest.param("张家口的风电场很多很大啊", "", id="12 of Chinese"),
        pytest.param("passwordpassword", "too_easy", id="a common one twice"),
        pytest.param("qwertyuiop123", "too_easy", id="along the keyboard"),
        pytest.param("123456789012", "too_easy", id="counting"),
        pytest.param("wangxiaoming1", "too_easy", id="the name and a number"),
        pytest.param("x" * 128, "too_easy", id="the longest, all alike"),
        pytest.param("mengniu tractor 27" * 8, "too_long", id="beyond the longest"),
        pytest.param("\ud800 mengniu tractor", "too_long", id="no text"),
    ],
)
def test_which_passwords_are_taken(password: str, why: str) -> None:
    assert why_refused(password, "wangxiaoming", "liangqu") == why


def test_none_of_the_most_common_is_taken() -> None:
    """The 3,000 most common of at least our length, of zxcvbn's list of 30,000: all of them."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    common = [each for each in FREQUENCY_LISTS["passwords"] if len(each) >= passwords.LEAST_LENGTH]
    assert len(common) > 200
    assert {why_refused(each) for each in common} == {"too_easy"}


def test_a_hash_is_argon2id_of_rfc_9106() -> None:
    stored = to_hash("mengniu tractor 27")
    found = extract_parameters(stored)

    assert is_hash(stored)
    assert (found.time_cost, found.memory_cost, found.parallelism) == (
        3,
        65536,
        4,
    )  # RFC 9106, 4, second choice
    assert is_password(stored, "mengniu tractor 27")
    assert not is_password(stored, "mengniu tractor 27 ")
    assert not is_password(stored, "\ud800")


@pytest.mark.parametrize("text", ["", "$argon2i$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$x", "sha256:1", "hunter2"])
def test_what_is_no_hash_of_ours(text: str) -> None:
    assert not is_hash(text)
    assert not is_password(text, "hunter2")


def test_two_are_verified_at_once_and_a_crowd_is_sent_away(monkeypatch: pytest.MonkeyPatch) -> None:
    gone, most, now = threading.Event(), [0], [0]
    lock = threading.Lock()

    class Slow:
        def hash(self, _: str) -> str:
            with lock:
                now[0] += 1
                most[0] = max(most[0], now[0])
            gone.wait(5)
            with lock:
                now[0] -= 1
            return ""

    monkeypatch.setattr(passwords, "_HASHER", Slow())
    crowd = [threading.Thread(target=to_hash, args=("x",)) for _ in range(18)]
    for each in crowd:
        each.start()
    while passwords._queue._value:  # until all have come
        pass
    with pytest.raises(CrowdedError):
        to_hash("x")
    gone.set()
    for each in crowd:
        each.join()

    assert most == [passwords.AT_ONCE]
