"""Processes that compute parts of a report: of a Dask cluster, or started here for as long as it takes.

Whoever computes a part, the bytes are the same. A worker that is lost has its part done again by another.
"""

import logging
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct

from liangqu import __version__
from liangqu.config.errors import ProblemError
from liangqu.config.settings import Settings

if TYPE_CHECKING:
    from dashboards.reports.content.collection import Advance, Collected, Sources, Wanted
    from dashboards.reports.content.sites.gathering import GatheredSites
    from sensors.catalogue.model import Catalogue

Result = TypeVar("Result")
Elsewhere = Callable[..., Callable[[], Any]]
"""Begins a call of a function; what it gives waits for the result."""

PARTS_A_WORKER = 8
_MOST_SITES = 20
_REACHED_S = 10


class CannotJoin(Exception):  # noqa: N818 - what a worker answers
    """A worker has another version than who asks: its text."""


class Workers:
    """Those of one cluster."""

    def __init__(self, client: Any, settings: Settings) -> None:
        self._client = client
        self._settings = settings

    def gather(
        self, sources: "Sources", month: "Collected", wanted: "Wanted", advance: "Advance"
    ) -> "GatheredSites":
        """Read sites in parts, some to each worker; merged in their order, whoever comes first.

        Raises:
            StoreAway: the store does not answer a worker.
            ProblemError: no worker is left, or one has another version of this program.
        """
        from dashboards.reports.content.sites.gathering import GatheredSites

        found, done = GatheredSites(month.empty(month.places)), 0
        sites = batches(list(wanted), len(self._client.scheduler_info()["workers"]))
        # a task's result is made again where its worker is lost; what is scattered would be gone
        shared = self._submit(_given, _SharedWork.of(self._settings, sources, month))
        self._client.replicate([shared])  # else parts go to the one that has it
        parts = [self._submit(_read_part, shared, {id_: wanted[id_] for id_ in some}) for some in sites]
        while parts:
            found.take(_result(parts.pop(0)))
            advance(done := done + sum(len(wanted[id_]) for id_ in sites.pop(0)))
        return found

    def elsewhere(self, function: Callable[..., Result], *args: Any) -> Callable[[], Result]:
        """Begin a call by a worker."""
        future = self._submit(function, *args)
        return lambda: _result(future)

    def _submit(self, function: Callable[..., Result], *args: Any) -> Any:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sending large graph")  # a whole report, once
            return self._client.submit(_same_version, __version__, function, *args, pure=False)


class _SharedWork(Struct):
    """What every part needs: sources without their store, which a worker opens by the settings."""

    settings: Settings
    sources: "Sources"
    month: "Collected"

    @classmethod
    def of(cls, settings: Settings, sources: "Sources", month: "Collected") -> "_SharedWork":
        from msgspec.structs import replace

        return cls(settings, replace(sources, store=None), month)


@contextmanager
def open_workers(settings: Settings, scheduler: str = "", workers: int = 0) -> Iterator[Workers | None]:
    """Those of the scheduler at an address such as tcp://10.0.0.5:8786, or so many started here.

    Without either nobody: the report is made in this process.

    Raises:
        ProblemError: both are asked for, the extra is missing, or the scheduler is not reached.
    """
    if scheduler and workers:
        raise ProblemError("--scheduler and --workers: give one of them")
    if not scheduler and not workers:
        yield None
        return
    with _client(scheduler, workers) as client:
        yield Workers(client, settings)


def batches(sites: Sequence[str], workers: int) -> list[Sequence[str]]:
    """Sites in their order, in some parts for each worker, so that none waits long for the last."""
    size = min(_MOST_SITES, max(1, -(-len(sites) // (PARTS_A_WORKER * max(1, workers)))))
    return [sites[first : first + size] for first in range(0, len(sites), size)]


@contextmanager
def _client(scheduler: str, workers: int) -> Iterator[Any]:
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise ProblemError(
            "--scheduler and --workers need the extra cluster"
            " (pip install 'dask>=2026.8' 'distributed>=2026.8')"
        ) from None
    if not scheduler:
        with (
            LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                dashboard_address="127.0.0.1:0",
                silence_logs=logging.CRITICAL,
            ) as cluster,
            Client(cluster) as client,
        ):
            yield client
        return
    try:
        client = Client(scheduler, timeout=_REACHED_S)
    except (OSError, ValueError) as error:
        raise ProblemError(f"--scheduler: {scheduler} is not reached: {error}", exit_code=1) from None
    with client:
        yield client


def _result(future: Any) -> Any:
    from distributed import KilledWorker

    try:
        return future.result()
    except CannotJoin as error:
        raise ProblemError(
            f"--scheduler: a worker has liangqu {error}, this is {__version__}; install the same", exit_code=1
        ) from None
    except KilledWorker:
        raise ProblemError(
            "--scheduler, --workers: the same part ended several workers; their logs say why", exit_code=1
        ) from None


def _same_version(wanted: str, function: Callable[..., Result], *args: Any) -> Result:
    if wanted != __version__:
        raise CannotJoin(__version__)
    return function(*args)


def _given(shared: _SharedWork) -> _SharedWork:
    """What is sent once and held by the workers that need it."""
    return shared


def _read_part(shared: _SharedWork, wanted: "Wanted") -> "GatheredSites":
    """Read some sites, by a worker."""
    from contextlib import closing

    from msgspec.structs import replace

    from dashboards.reports.content.sites.gathering import gather
    from ingest.stores.former_sites import with_former_sites
    from liangqu.config.factories import open_store

    catalogue: Catalogue = shared.sources.catalogue
    with closing(open_store(shared.settings)) as store:
        sources = replace(shared.sources, store=with_former_sites(store, catalogue))
        return gather(sources, shared.month, wanted, lambda _: None)
