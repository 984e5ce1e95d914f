"""The gateway's figures for /metrics, read from its counters."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import CollectorRegistry

from ingest.gateway.counters import FrameCounters


class GatewayCollector:
    """The counters as Prometheus families; `station` is the MN, empty for unknown stations."""

    def __init__(self, tally: FrameCounters) -> None:
        self._tally = tally

    def collect(self) -> Iterator[Metric]:
        """All families."""
        tally = self._tally
        yield GaugeMetricFamily("liangqu_gateway_connections", "Data loggers connected.", tally.connections)
        yield CounterMetricFamily(
            "liangqu_gateway_refused_connections", "Connections beyond the limits.", tally.refused_connections
        )
        yield CounterMetricFamily(
            "liangqu_gateway_noise_bytes", "Bytes that belong to no frame.", tally.noise
        )
        frames = CounterMetricFamily(
            "liangqu_gateway_frames", "Frames by outcome.", labels=["station", "outcome"]
        )
        for labels, count in sorted(tally.frames.copy().items()):
            frames.add_metric(labels, count)
        yield frames
        deviations = CounterMetricFamily(
            "liangqu_gateway_deviations", "Frames that needed a tolerance.", labels=["station", "tolerance"]
        )
        for labels, count in sorted(tally.deviations.copy().items()):
            deviations.add_metric(labels, count)
        yield deviations


def exposition(tally: FrameCounters) -> bytes:
    """The text of /metrics."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(GatewayCollector(tally))
    return generate_latest(registry)
