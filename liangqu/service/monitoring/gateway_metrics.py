"""The gateway's figures for /metrics, read from its counters."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily as Counter
from prometheus_client.core import GaugeMetricFamily as Gauge
from prometheus_client.core import Metric

from ingest.gateway.counters import FrameCounters


def gateway_metrics(counters: FrameCounters) -> Iterator[Metric]:
    """The families of the counters; `station` is the MN, empty for unknown stations."""
    yield Gauge("liangqu_gateway_connections", "Data loggers connected.", counters.connections)
    refused = counters.refused_connections
    yield Counter("liangqu_gateway_refused_connections", "Connections beyond the limits.", refused)
    yield Counter("liangqu_gateway_noise_bytes", "Bytes that belong to no frame.", counters.noise)
    frames = Counter("liangqu_gateway_frames", "Frames by outcome.", labels=["station", "outcome"])
    for labels, count in sorted(counters.frames.copy().items()):
        frames.add_metric(labels, count)
    yield frames
    text = "Frames that needed a tolerance."
    deviations = Counter("liangqu_gateway_deviations", text, labels=["station", "tolerance"])
    for names, count in sorted(counters.deviations.copy().items()):
        deviations.add_metric(names, count)
    yield deviations
