"""Whoever is told cannot harm: what a webhook or heartbeat answers is taken or not, and ends nothing."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.end_to_end.alerts.test_notification import RULES, now, only, publish
from tests.support.liangqu_process import LiangquRun, StartLiangqu
from tests.support.peers.scripted_peer import PeerConnection, Script, ScriptedPeer, answering
from tests.support.servers import Mosquitto

TAKEN = answering(b"HTTP/1.1 204 No Content\r\n\r\n")
COUNT = 'liangqu_notifications_total{channel="hook",result="%s"}'


def alerting(folder: Path, notify: str) -> str:
    (folder / "rules.toml").write_text(only(RULES), encoding="utf-8")
    (folder / "notify.toml").write_text(f'{notify}[wait]\ngroup = "0s"\n', encoding="utf-8")
    files = f'rules = ["{folder / "rules.toml"}"]\nnotify_file = "{folder / "notify.toml"}"\n'
    return f'[alerts]\n{files}page_max_age = "none"\n'


def told(service: LiangquRun, result: str) -> float:
    return service.metrics().get(COUNT % result, 0.0)


@pytest.mark.server
@pytest.mark.parametrize(
    ("script", "words"),
    [
        pytest.param(answering(b"SSH-2.0-x\r\n"), "what it answers is no HTTP", id="another protocol"),
        pytest.param(answering(b""), "it hung up without an answer", id="no status line"),
        pytest.param(
            answering(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 101, b"\r\n"),
            "its answer cannot be read (HTTPException)",
            id="a hundred headers",
        ),
        pytest.param(
            answering(b"HTTP/1.1 302 x\r\nLocation: https://a.example/geheim\r\nContent-Length: 0\r\n\r\n"),
            "it answered 302, a redirect to https://a.example, which is not followed: name the right address",
            id="a redirect",
        ),
        pytest.param(
            answering(b"HTTP/1.1 301 x\r\nLocation: http://[::1\r\nContent-Length: 0\r\n\r\n"),
            "it answered 301, a redirect to ?, which is not followed: name the right address",
            id="a bad redirect",
        ),
    ],
)
def test_what_is_no_success_is_tried_again_and_said(
    script: Script, words: str, mosquitto: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    with ScriptedPeer(script) as peer:
        address = f"http://{peer.place}/geheim"
        notify = (
            f'[[channel]]\nid = "hook"\nwebhook = "{address}"\n[heartbeat]\nurl = "{address}"\nevery = "1s"\n'
        )
        service: LiangquRun = start_liangqu(mosquitto.port, more=alerting(tmp_path, notify))
        publish(mosquitto, [(now() - timedelta(hours=1), 80.5)])
        service.wait_until(lambda: told(service, "failed") >= 2, "not taken, and tried again")
        assert told(service, "sent") == 0
        warnings = service.readyz()["warnings"]
        assert {f"channel hook: {words}", f"heartbeat: {words}"} <= {
            w.replace("the webhook: ", "") for w in warnings
        }
        process = service.pid

        peer.script = TAKEN
        service.wait_until(lambda: told(service, "sent") == 1, "taken")
        service.wait_until(lambda: service.readyz()["warnings"] == [], "the heartbeat is heard")
        assert service.pid == process
        assert service.stop() == 0
        log = service.log.read_text(encoding="utf-8")

    assert "geheim" not in log
    assert "Traceback" not in log


def has_tried(service: LiangquRun, times: int) -> bool:
    return told(service, "failed") >= times


@pytest.mark.server
def test_a_start_with_a_message_that_is_due_survives_it_too(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    with ScriptedPeer(answering(b"SSH-2.0-x\r\n")) as peer:
        notify = f'[[channel]]\nid = "hook"\nwebhook = "http://{peer.place}/"\n'
        service = start_liangqu(mosquitto.port, more=alerting(tmp_path, notify))
        publish(mosquitto, [(now() - timedelta(hours=1), 80.5)])
        for tries in (1, 2, 3):
            service.wait_until(partial(has_tried, service, tries), "not taken")
            service.kill()
            service.start()
        peer.script = TAKEN
        service.wait_until(lambda: told(service, "sent") == 1, "taken")


@pytest.mark.server
def test_by_ipv6_and_with_a_password(
    mosquitto: Mosquitto, start_liangqu: StartLiangqu, tmp_path: Path
) -> None:
    requests: list[bytes] = []

    def script(client: PeerConnection) -> None:
        requests.append(client.request())
        client.say(b"HTTP/1.1 204 x\r\n\r\n")

    with ScriptedPeer(script, host="::1") as peer:
        notify = f'[[channel]]\nid = "hook"\nwebhook = "http://u:geheim@{peer.place}/两区"\n'
        service = start_liangqu(mosquitto.port, more=alerting(tmp_path, notify))
        publish(mosquitto, [(now() - timedelta(hours=1), 80.5)])
        service.wait_until(lambda: told(service, "sent") == 1, "taken")

    assert requests[0].startswith(b"POST /%E4%B8%A4%E5%8C%BA HTTP/1.1\r\n")
    assert b"Authorization: Basic dTpnZWhlaW0=" in requests[0]
