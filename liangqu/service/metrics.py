"""The figures of /metrics, read from the journal's accounts at one moment, so that their sums hold."""

from collections.abc import Iterator, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import CollectorRegistry

from alerts.notify import outbox
from ingest.journal import accounting, check_state, sessions
from ingest.journal.file import Journal, used_bytes
from liangqu.service import logs
from liangqu.service.worker import Worker


class AccountsCollector:
    """One snapshot of the journal, as Prometheus families; their names are in docs/reference/http.md."""

    def __init__(self, journal: Journal, limit: int) -> None:
        self._journal = journal
        self._limit = limit

    def collect(self) -> Iterator[Metric]:
        """All families."""
        with self._journal.snapshot() as connection:
            accounts = accounting.read_counts(connection)
            heard = check_state.last_seen(connection)
            used = used_bytes(connection)
        yield from _messages(accounts)
        yield from _items(accounts)
        yield GaugeMetricFamily("liangqu_journal_bytes", "Used bytes of the journal file.", used)
        yield GaugeMetricFamily(
            "liangqu_journal_limit_bytes", "Above this nothing is acknowledged.", self._limit
        )
        yield GaugeMetricFamily(
            "liangqu_journal_gone",
            "1 while the journal's file is not where it was opened: nothing is acknowledged.",
            float(bool(self._journal.gone())),
        )
        last = GaugeMetricFamily(
            "liangqu_last_message_timestamp_seconds", "When a site was last heard of.", labels=["site"]
        )
        for site, received in sorted(heard.items()):
            last.add_metric([site], received / 1000)
        yield last
        yield _notifications(accounts)
        yield CounterMetricFamily(
            "liangqu_log_lines_dropped",
            "Lines of the log that could not be written since the start.",
            logs.dropped()[0],
        )
        yield from _sessions(accounts)


def _messages(accounts: dict[str, int]) -> Iterator[Metric]:
    yield CounterMetricFamily(
        "liangqu_messages_received", "Messages taken into the inbox.", accounts["received"]
    )
    yield CounterMetricFamily("liangqu_messages_processed", "Messages worked on.", accounts["processed"])
    yield GaugeMetricFamily(
        "liangqu_messages_inbox", "Messages acknowledged, not yet worked on.", accounts["inbox"]
    )


def _items(accounts: dict[str, int]) -> Iterator[Metric]:
    items = CounterMetricFamily("liangqu_items", "Items by what became of them.", labels=["outcome"])
    for outcome in accounting.OUTCOMES:
        items.add_metric([outcome], accounts[outcome])
    yield items
    yield GaugeMetricFamily(
        "liangqu_items_outgoing", "Items on their way to the store.", accounts["outgoing"]
    )
    yield CounterMetricFamily("liangqu_items_late", "Items stored though not newest.", accounts["late"])
    yield _labelled("liangqu_quarantine", "Items ever refused.", "reason", accounting.REFUSED, accounts)
    yield _labelled(
        "liangqu_store_errors", "Failures of the store.", "kind", accounting.STORE_ERROR, accounts
    )
    yield _labelled(
        "liangqu_internal_errors", "What was given up for a bug.", "what", accounting.INTERNAL_ERROR, accounts
    )


def _notifications(accounts: dict[str, int]) -> Metric:
    family = CounterMetricFamily(
        "liangqu_notifications", "Notifications by channel and result.", labels=["channel", "result"]
    )
    for account, value in sorted(accounts.items()):
        if account.startswith(outbox.COUNT):
            family.add_metric(account.removeprefix(outbox.COUNT).rsplit(":", 1), value)
    return family


def _sessions(accounts: dict[str, int]) -> Iterator[Metric]:
    connections = sum(value for name, value in accounts.items() if name.startswith(sessions.CONNECTIONS))
    yield CounterMetricFamily("liangqu_broker_connections", "Connections to the broker.", connections)
    yield CounterMetricFamily(
        "liangqu_broker_sessions_lost",
        "Sessions that the broker should have kept and had no more.",
        accounts.get(sessions.LOST, 0),
    )
    yield CounterMetricFamily(
        "liangqu_broker_sessions_taken",
        "Connections that ended, as it seems, for another client with our client id.",
        accounts.get(sessions.TAKEN, 0),
    )


def _labelled(name: str, text: str, label: str, prefix: str, accounts: dict[str, int]) -> Metric:
    family = CounterMetricFamily(name, text, labels=[label])
    for account, value in sorted(accounts.items()):
        if account.startswith(prefix):
            family.add_metric([account.removeprefix(prefix)], value)
    return family


class PartsCollector:
    """The condition of this process's parts; their figures start at 0 with it."""

    def __init__(self, parts: Sequence[Worker]) -> None:
        self._parts = parts

    def collect(self) -> Iterator[Metric]:
        """All families."""
        restarts = CounterMetricFamily(
            "liangqu_part_restarts", "Unexpected failures after which a part was restarted.", labels=["part"]
        )
        failing = GaugeMetricFamily(
            "liangqu_part_failing", "1 until a part has gone well for a minute again.", labels=["part"]
        )
        for part in self._parts:
            restarts.add_metric([part.name], part.restarts)
            failing.add_metric([part.name], bool(part.failing))
        yield restarts
        yield failing


def exposition(journal: Journal, limit: int, parts: Sequence[Worker] = ()) -> bytes:
    """The text of /metrics."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(AccountsCollector(journal, limit))
    registry.register(PartsCollector(parts))
    return generate_latest(registry)
