"""The log of a real service: causes and their ends in words, what is refused, and a clean stop is quiet."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ingest.mqtt.broker import Broker
from ingest.mqtt.publisher import Publisher
from tests.support.liangqu_process import LiangquRun, Metrics, StartLiangqu
from tests.support.servers import Mosquitto, StartInfluxd

REFUSED = "refused (site not in the catalogue)"
LOUD = {"warning", "error", "critical"}


def lines(service: LiangquRun) -> list[dict[str, Any]]:
    return [json.loads(line) for line in service.log.read_text(encoding="utf-8").splitlines()]


def messages(service: LiangquRun) -> list[str]:
    return [f"{line['level']}: {line['message']}" for line in lines(service)]


def status(service: LiangquRun) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(service.command("status", "--json"))
    return found


def check_figures(down: Metrics, figures: Metrics) -> None:
    """The figures that alarms rest on, with the store away and back."""
    assert (down['liangqu_up{part="store"}'], figures['liangqu_up{part="store"}']) == (0, 1)
    assert down['liangqu_oldest_waiting_seconds{queue="outgoing"}'] > 0
    assert figures['liangqu_oldest_waiting_seconds{queue="outgoing"}'] == 0
    assert figures['liangqu_readings_total{site="wujinku"}'] == 2
    assert figures['liangqu_sites{state="heard"}'] == 1
    assert -5 < figures['liangqu_site_clock_behind_seconds{site="wujinku"}'] < 60
    assert figures['liangqu_open_events{severity="critical"}'] == figures["liangqu_silences"] == 0
    assert any(name.startswith('liangqu_build_info{python="3.') for name in figures)


@pytest.mark.server
def test_what_goes_wrong_is_said_in_words_with_its_end_and_a_clean_stop_is_quiet(
    mosquitto: Mosquitto,
    start_influxd: StartInfluxd,
    start_liangqu: StartLiangqu,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LIANGQU_LANGUAGE", "en")
    influxd = start_influxd()
    service = start_liangqu(mosquitto.port, influxdb=influxd.url)
    influxd.kill()
    with Publisher(Broker(port=mosquitto.port)) as publisher:
        payload = json.dumps({"time": datetime.now(UTC).isoformat(), "values": {"pm25": 10, "pm10": 20}})
        for site in ("wujinku", "nobody", "nobody"):
            publisher.publish(f"liangqu/air/{site}", payload.encode())
    away = f"warning: database 127.0.0.1:{influxd.port} refuses the connection; "
    service.wait_until(lambda: any(one.startswith(away) for one in messages(service)), "said to be away")
    service.wait_until(lambda: "database 127" in service.command("status"), "away in the status too")
    service.wait_until(lambda: any(REFUSED in one for one in messages(service)), "said to be refused")
    down = service.metrics()
    mosquitto.kill()
    service.wait_until(lambda: service.readyz()["broker"] != "ok", "without a broker")
    mosquitto.start()
    influxd.start()
    service.wait_until_settled(3)
    service.wait_until(lambda: service.readyz()["ready"], "ready")
    service.wait_until(lambda: status(service)["service"]["troubles"] == {}, "without trouble in the status")
    running, figures, index = status(service), service.metrics(), service._get("/")
    assert service.stop() == 0
    stopped = service.command("status")

    said = messages(service)
    assert any(one.startswith("info: Store works again after ") for one in said)
    assert any(
        one.startswith(f"info: connected to broker 127.0.0.1:{mosquitto.port} again af") for one in said
    )
    [refused] = [one for one in said if REFUSED in one]
    assert refused.startswith("warning: nobody: ")
    last = lines(service)[-1]
    assert (last["event"], last["level"]) == ("stopped", "info")
    assert last["timestamp"].endswith("+08:00")
    ready_at = max(n for n, one in enumerate(said) if "works again" in one or "connected to" in one)
    assert [one for one in lines(service)[ready_at:] if one["level"] in LOUD] == []

    assert (running["service"]["state"], running["service"]["store"]) == ("running", influxd.url)
    assert running["service"]["http_port"] == service.http
    [heard] = [one for one in running["stations"] if one["site"] == "wujinku"]
    assert heard["state"] == "heard"
    assert running["quarantine_24h"][0]["items"] == 2
    assert "liangqu 0.1.0 stopped at " in stopped.splitlines()[0]
    check_figures(down, figures)
    assert 'href="/readyz"' in index[1]
