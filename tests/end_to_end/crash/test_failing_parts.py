"""A part with a mistake in it: only intake and pipeline end the service, every other is restarted."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from tests.end_to_end.alerts.test_notification import alerting, now, publish, retained
from tests.support.liangqu_process import LiangquRun, items
from tests.support.peers.receivers import HttpReceiver, SmtpReceiver
from tests.support.servers import Mosquitto

TIMES = 2  # it fails so often: the second restart comes after two seconds


@pytest.mark.server
@pytest.mark.parametrize(
    ("part", "where"),
    [
        pytest.param("store", "ingest.stores.sender:StoreSender.step", id="store"),
        pytest.param("recompute", "ingest.recompute.job:RecomputeJob._next_plan", id="recompute"),
        pytest.param("operation", "liangqu.service.self_monitoring:SelfMonitoring._figures", id="operation"),
        pytest.param("channel hook", "alerts.notify.sending.delivery:ChannelDelivery.step", id="a channel"),
        pytest.param("heartbeat", "alerts.notify.heartbeat:HeartbeatSender._beat", id="heartbeat"),
    ],
)
def test_a_part_that_fails_is_restarted_and_said(
    part: str, where: str, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    with HttpReceiver() as hook, SmtpReceiver() as mail:
        more = alerting(tmp_path, hook, mail)
        with (tmp_path / "notify.toml").open("a", encoding="utf-8") as notify:
            notify.write(f'[heartbeat]\nurl = "{hook.url}"\nevery = "1s"\n')
        service = LiangquRun(tmp_path, mosquitto.port, more=more).start_failing(where, TIMES)
        try:
            service.wait_until_subscribed()
            begin = now() - timedelta(hours=4)
            publish(mosquitto, [(begin + timedelta(minutes=n), 80.5 + n) for n in range(20)])

            def restarts() -> float:
                return sum(v for name, v in service.metrics().items() if "part_restarts_total" in name)

            service.wait_until(lambda: restarts() == TIMES, "restarted")
            found = service.readyz()
            figures = service.wait_until_settled(20)
            service.wait_until(lambda: len(hook.events()) == 1 and len(mail.mails) == 1, "told")
            assert items(figures)["stored"] == 20
            assert service.gaps() == {"messages": 0, "items": 0}
            assert service.stop() == 0
        finally:
            service.kill()

    assert found["ready"] is False
    if "channel" not in part:  # each of them fails once
        assert f"{part} restarted " in found["parts"]
    assert "MistakeError: in " in found["parts"]
    lines = [json.loads(line) for line in service.log.read_text(encoding="utf-8").splitlines()]
    assert sum(line["event"] == "part fails" and "MistakeError" in line["trace"] for line in lines) == TIMES
    assert "geheim" not in f"{found}{lines}"


@pytest.mark.server
@pytest.mark.parametrize(
    ("part", "where"),
    [
        pytest.param("intake", "ingest.mqtt.inbox_writer:InboxWriter._check_room", id="intake"),
        pytest.param("pipeline", "ingest.pipeline:Pipeline._carry_out_requests", id="pipeline"),
    ],
)
def test_without_intake_or_pipeline_the_service_ends(
    part: str, where: str, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    service = LiangquRun(tmp_path, mosquitto.port)
    service._launch("tests.support.failure_injection", where, "1")
    process = service._process
    assert process is not None

    assert process.wait(60) == 1
    lines = [json.loads(line) for line in service.log.read_text(encoding="utf-8").splitlines()]
    assert [line["part"] for line in lines if line["event"] == "part failed"] == [part]


@pytest.mark.server
def test_the_operator_is_told(mosquitto: Mosquitto, tmp_path: Path) -> None:
    service = LiangquRun(tmp_path, mosquitto.port).start_failing(
        "liangqu.service.self_monitoring:SelfMonitoring._figures", 1
    )
    try:
        service.wait_until_subscribed()
        topic = "liangqu/alerts/_/part-failing/parts"
        service.wait_until(lambda: bool(retained(mosquitto, topic)), "told")
        ((_, event),) = retained(mosquitto, topic)
    finally:
        service.kill()

    assert (event["state"], event["category"], event["severity"]) == ("firing", "system", "warning")
    assert "operation restarted (1 so far), last after MistakeError" in event["message"]
