import sys
import time
from datetime import UTC, datetime

from liangqu.desk.jobs import MOST_WAITING, Job, Jobs

ASKED = datetime(2026, 11, 26, tzinfo=UTC)
ECHO = (sys.executable, "-c", "import sys; print(*sys.argv[1:]); sys.exit('bad' in sys.argv)")


def wait(jobs: Jobs) -> list[Job]:
    until = time.monotonic() + 30
    while any(one.state in {"waiting", "running"} for one in jobs.listed("x")) and time.monotonic() < until:
        time.sleep(0.02)
    return jobs.listed("x")


def job(subject: str) -> Job:
    return Job(0, "x", subject, "张三", "zhang", ASKED)


def test_each_runs_in_turn_and_what_it_said_is_kept() -> None:
    jobs = Jobs(ECHO)
    jobs.start(job("good"), ["well"])
    jobs.start(job("bad"), ["bad"])
    found = {one.subject: (one.state, one.said) for one in wait(jobs)}
    assert found == {"good": ("done", ("well",)), "bad": ("failed", ("bad",))}


def test_a_program_that_is_not_there_is_a_failure() -> None:
    jobs = Jobs(("/no/such/program",))
    jobs.start(job("lost"), [])
    assert [one.state for one in wait(jobs)] == ["failed"]


def test_an_argument_that_no_process_takes_is_a_failure() -> None:
    jobs = Jobs(ECHO)
    jobs.start(job("nul"), ["why\0"])
    assert [one.state for one in wait(jobs)] == ["failed"]


def test_not_too_many_wait_and_the_end_ends_them() -> None:
    jobs = Jobs((sys.executable, "-c", "import time; time.sleep(60)"))
    started = [jobs.start(job(str(n)), []) for n in range(MOST_WAITING + 3)]
    assert None in started
    until = time.monotonic() + 30
    while not any(one.state == "running" for one in jobs.listed("x")) and time.monotonic() < until:
        time.sleep(0.02)
    jobs.close()
    while any(one.state == "running" for one in jobs.listed("x")) and time.monotonic() < until:
        time.sleep(0.02)
    assert not any(one.state == "running" for one in jobs.listed("x"))


def test_a_command_writes_its_rows_of_the_audit_list_in_the_name_of_whoever_asked() -> None:
    said = "from ingest.journal import audit; print(audit._user_of_desk())"
    jobs = Jobs((sys.executable, "-c", said))
    jobs.start(job("asked"), [])
    assert wait(jobs)[0].said == ("Actor(who='zhang', door='desk')",)
