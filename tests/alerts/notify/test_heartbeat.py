"""The dead man's switch: nothing that it meets stops it, and who does not hear is asked again sooner."""

import pytest
from structlog.testing import capture_logs

from alerts.notify.config import Heartbeat
from alerts.notify.heartbeat import HeartbeatSender
from tests.support.peers.scripted_peer import Script, ScriptedPeer, answering

HEARD = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


@pytest.mark.parametrize(
    ("script", "trouble"),
    [
        pytest.param(answering(b"SSH-2.0-x\r\n"), "what it answers is no HTTP", id="another protocol"),
        pytest.param(answering(b""), "it hung up without an answer", id="nothing"),
        pytest.param(answering(b"HTTP/1.1 503 x\r\n\r\n"), "it answered 503", id="503"),
        pytest.param(
            answering(b"HTTP/1.1 302 x\r\nLocation: https://a.example.org/geheim\r\n\r\n"),
            "it answered 302, a redirect to https://a.example.org, which is not followed:"
            " name the right address",
            id="redirect",
        ),
    ],
)  # fmt: skip
def test_who_does_not_hear_is_asked_again_after_growing_pauses(script: Script, trouble: str) -> None:
    with ScriptedPeer(script) as peer, capture_logs() as logged:
        pulse = HeartbeatSender(Heartbeat(url=f"http://{peer.place}/geheim", every="1m"))
        asked = []
        for second in range(100, 300):
            met = peer.met
            assert not pulse.step(float(second))
            if peer.met != met:
                asked.append(second - 100)

        assert pulse.trouble == trouble
        assert asked == [0, 10, 30, 70, 130, 190]  # 10, 20, 40, then the usual minute
        assert len(logged) == 1  # said once
        assert "geheim" not in str(logged)
        peer.script = HEARD
        pulse.step(350.0)
        assert pulse.trouble == ""
        assert peer.met == 7
        pulse.step(409.0)
        assert peer.met == 7
        pulse.step(410.0)
        assert peer.met == 8
