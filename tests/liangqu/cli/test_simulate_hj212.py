"""`liangqu simulate --hj212`: the simulated stations as data loggers, through a real gateway."""

import asyncio
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from sensors.catalogue.loader import load
from sensors.decoding.hj212.decoder import decode_frame
from sensors.decoding.hj212.encoder import frames_from_native
from sensors.decoding.hj212.frame import build_frame
from sensors.decoding.json_payload import decode_json
from sensors.decoding.types import InputBounds
from sensors.simulated import messages
from tests.ingest.gateway.conftest import PASSWORD, AsyncConsumer, run_gateway
from tests.support.servers import Mosquitto

MNS = {"renmin-gongyuan": "A130700_0001", "houcheng": "A130700_0002"}
NOW = datetime(2026, 7, 6, tzinfo=UTC)
BOUNDS = InputBounds(datetime(2000, 1, 1, tzinfo=UTC), timedelta(minutes=5))


@given(st.sampled_from(sorted(MNS)), st.integers(0, 10**6))
def test_a_frame_says_what_the_native_message_says(site_id: str, seed: int) -> None:
    """The same readings, to the last bit, whichever way they come."""
    shipped = load()
    mn = MNS[site_id]
    site = replace(shipped.sites[site_id], mn=mn)
    catalogue = replace(shipped, sites={site_id: site}, by_mn={mn: site_id})
    for sent in messages([site], catalogue, NOW - timedelta(hours=8), NOW, seed):
        native = decode_json(site, sent.payload, NOW, catalogue, BOUNDS)
        frames = frames_from_native(sent.payload, site, catalogue, PASSWORD)
        read = [decode_frame(mn, build_frame(frame), NOW, catalogue, BOUNDS).decoded for frame in frames]
        if frames:
            assert [reading for each in read for reading in each.readings] == native.readings
            assert [refused for each in read for refused in each.refused] == native.refused == []
        else:
            assert native.refused


@pytest.mark.parametrize("payload", [b"", b"[]", b'{"time": 1}', b'{"time": "x", "values": {}}', b"\xff"])
def test_what_no_data_logger_could_say_is_no_frame(payload: bytes) -> None:
    shipped = load()
    site = replace(shipped.sites["houcheng"], mn="A")

    assert frames_from_native(payload, site, shipped, PASSWORD) == []


@pytest.mark.server
def test_simulated_loggers_are_answered_for_every_frame(mosquitto: Mosquitto, tmp_path: Path) -> None:
    rows = [
        f'[[site]]\nid = "s-{mn}"\nmedium = "water"\ncycle = "1h"\n'
        f'name = {{ zh = "站", en = "S" }}\nmn = "{mn}"\n'
        for mn in MNS.values()
    ]
    (tmp_path / "sites.toml").write_text("".join(rows), encoding="utf-8")
    (tmp_path / "liangqu.toml").write_text('[catalogue]\nextra = ["sites.toml"]\n', encoding="utf-8")

    async def story() -> str:
        async with (
            AsyncConsumer(mosquitto.port) as taken,
            run_gateway(mosquitto.port, *MNS.values()) as gateway,
        ):
            words = [
                "--hj212",
                f"127.0.0.1:{gateway.port}",
                "--speed",
                "40000",
                "--since",
                "12h",
                "--for",
                "2s",
            ]
            done = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "liangqu", "simulate", "-c", str(tmp_path / "liangqu.toml"), *words),
                env={**os.environ, "LIANGQU_GATEWAY_PASSWORD": PASSWORD},
                stdout=asyncio.subprocess.PIPE,
            )
            output, _ = await done.communicate()
            assert done.returncode == 0
            published = gateway.counters.totals()["published"]
            assert f"{published} messages published" in output.decode()
            assert {topic.rpartition("/")[2] for topic, _ in taken.taken} == set(MNS.values())
            return output.decode()

    assert "2 sites to the gateway at 127.0.0.1" in asyncio.run(story())
