"""Sessions: when they end, and that only their own token finds them."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ingest.journal.file import Journal
from liangqu.desk.access import sessions
from liangqu.desk.access.sessions import AT_MOST, IDLE, NOTED_EVERY, LoginSession
from liangqu.desk.access.tokens import device_token, known_device

NOW = datetime(2026, 11, 28, 1, tzinfo=UTC)
WANG = LoginSession("a" * 64, "wang", "c", NOW, NOW, "192.0.2.7", "Firefox")
MOMENT = timedelta(milliseconds=1)


@pytest.mark.parametrize(
    ("idle", "age", "alive"),
    [
        pytest.param(IDLE - MOMENT, IDLE - MOMENT, True, id="just before its idle time is over"),
        pytest.param(IDLE, IDLE, False, id="exactly then"),
        pytest.param(timedelta(0), AT_MOST - MOMENT, True, id="used all the time, just before it ends"),
        pytest.param(timedelta(0), AT_MOST, False, id="used all the time, exactly then"),
        pytest.param(-timedelta(hours=1), -timedelta(hours=1), True, id="the clock was set back"),
    ],
)
def test_when_a_session_ends(idle: timedelta, age: timedelta, alive: bool) -> None:
    assert replace(WANG, seen=NOW - idle, begun=NOW - age).is_alive(NOW) is alive


@given(st.lists(st.integers(1, 12 * 60), max_size=40))
def test_a_session_that_is_used_lasts_until_a_pause_or_seven_days(pauses: list[int]) -> None:
    """Minutes between requests: it ends at the first pause of eight hours, at most five minutes early."""
    session, now = WANG, NOW
    for pause in pauses:
        now += timedelta(minutes=pause)
        if not session.is_alive(now):
            assert timedelta(minutes=pause) > IDLE - NOTED_EVERY or now - NOW >= AT_MOST
            return
        assert timedelta(minutes=pause) < IDLE
        assert now - NOW < AT_MOST
        if session.is_to_note(now):
            session = replace(session, seen=now)


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with closing(Journal(tmp_path / "journal.db")) as opened:
        yield opened


def test_only_its_own_token_finds_it_while_it_goes_on(journal: Journal) -> None:
    with journal.transaction() as connection:
        sessions.begin(connection, WANG)
        assert sessions.find(connection, WANG.token_sha256, NOW) == WANG
        assert sessions.find(connection, "b" * 64, NOW) is None
        assert sessions.find(connection, WANG.token_sha256, NOW + IDLE) is None
        sessions.note(connection, WANG, NOW + IDLE - MOMENT)
        assert sessions.find(connection, WANG.token_sha256, NOW + IDLE) is not None
        sessions.end(connection, WANG.token_sha256)
        assert sessions.find(connection, WANG.token_sha256, NOW) is None


def test_all_of_a_user_end_but_one_and_old_ones_are_removed(journal: Journal) -> None:
    others = [replace(WANG, token_sha256=c * 64, user=u) for c, u in (("b", "wang"), ("c", "li"))]
    with journal.transaction() as connection:
        sessions.begin(connection, replace(WANG, token_sha256="d" * 64, begun=NOW - AT_MOST))
        for session in (WANG, *others):
            sessions.begin(connection, session)
        assert connection.execute("SELECT count(*) FROM login_session").fetchone() == (3,)
        assert sessions.end_all(connection, "wang", but=WANG.token_sha256) == 1
        assert sessions.sessions_of(connection, "wang", NOW) == [WANG]
        assert sessions.sessions_of(connection, "li", NOW) == [others[1]]


@pytest.mark.parametrize(
    ("secret", "name", "change", "is_known"),
    [
        pytest.param("s", "WANG", lambda token: token, True, id="its own"),
        pytest.param("s", "li", lambda token: token, False, id="of another name"),
        pytest.param("t", "wang", lambda token: token, False, id="of another desk"),
        pytest.param("s", "wang", lambda token: f"x{token}", False, id="another browser"),
        pytest.param("s", "wang", lambda token: token[:-1], False, id="cut"),
        pytest.param("s", "wang", lambda token: token.partition(".")[0], False, id="without a signature"),
        pytest.param("s", "wang", lambda _: ".", False, id="nothing"),
    ],
)
def test_a_token_of_a_browser_is_of_its_name_alone(
    secret: str, name: str, change: Callable[[str], str], is_known: bool
) -> None:
    assert bool(known_device(secret, name, change(device_token("s", "wang")))) is is_known
