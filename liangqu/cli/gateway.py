"""`liangqu gateway`: receives HJ 212 from data loggers over TCP and publishes it to the broker."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from liangqu.cli.options import Config, settings_of
from liangqu.config.errors import ProblemError
from liangqu.terminal.output import say

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

    from ingest.gateway.stations import AdmittedStations
    from sensors.catalogue.model import Catalogue

PASSWORD = "LIANGQU_GATEWAY_PASSWORD"  # noqa: S105 - the name of a variable

Listen = Annotated[
    str, typer.Option(help="host:port for data loggers; reachable from outside only if you say so here.")
]
Http = Annotated[str, typer.Option(help="host:port for /healthz, /readyz, /metrics; empty for none.")]
Passwords = Annotated[
    Path | None,
    typer.Option(help=f"File of `MN PASSWORD` lines, * for all others; or {PASSWORD}, one for all."),
]
AnyPassword = Annotated[
    bool, typer.Option("--any-password", help="Accept any PW; only with a loopback address.")
]
Certificate = Annotated[Path | None, typer.Option(help="Certificate (PEM): loggers must use TLS.")]
Key = Annotated[Path | None, typer.Option(help="The certificate's key (PEM).")]


def gateway(
    context: typer.Context,
    config: Config = None,
    listen: Listen = "127.0.0.1:9212",
    http: Http = "127.0.0.1:9466",
    passwords: Passwords = None,
    any_password: AnyPassword = False,
    tls_cert: Certificate = None,
    tls_key: Key = None,
) -> None:
    """Receive HJ 212 from data loggers over TCP.

    Every valid frame is published to <prefix>/hj212/<MN>.

    A frame is answered only once the broker has it; until then the logger keeps it and sends it again. Only
    stations whose `mn` is in the catalogue are admitted, with their password.
    """
    import asyncio

    from liangqu.config.factories import open_catalogue
    from liangqu.config.listen_address import parse_listen
    from liangqu.service.gateway import GatewayOptions, serve
    from liangqu.service.wording import logs

    settings = settings_of(context, config)
    catalogue = open_catalogue(settings)
    try:
        address = parse_listen(listen)
    except ValueError as error:
        raise ProblemError(f"--listen: {error}") from None
    if any_password and not address.is_loopback:
        raise ProblemError(f"--any-password: not with {listen}, which others can reach")
    stations = _stations(catalogue, _passwords(passwords, any_password=any_password))
    logs.configure(settings.language)
    options = GatewayOptions(
        broker=settings.broker(),
        prefix=settings.mqtt.served[0],
        stations=stations,
        listen=listen,
        http=http,
        tls=_tls(tls_cert, tls_key),
        tolerated=settings.bounds().tolerated,
    )
    asyncio.run(serve(options))


def _stations(catalogue: "Catalogue", passwords: "Mapping[str, str] | None") -> "AdmittedStations":
    """The stations that are admitted; warns about those that never will be."""
    from ingest.gateway.stations import AdmittedStations

    stations = AdmittedStations(catalogue.by_mn, passwords)
    if not stations:
        raise ProblemError("no site of the catalogue has an `mn`: no data logger would be admitted")
    for mn in stations.without_password():
        say(f"liangqu: {mn} has no password and is never admitted", err=True)
    return stations


def _passwords(file: Path | None, *, any_password: bool) -> "Mapping[str, str] | None":
    from ingest.gateway.stations import ANY, PasswordFileError, read_passwords

    one_for_all = os.environ.get(PASSWORD, "")
    if sum([file is not None, bool(one_for_all), any_password]) != 1:
        raise ProblemError(
            f"passwords: exactly one of --passwords FILE, {PASSWORD} and --any-password is needed"
        )
    if any_password:
        return None
    if file is None:
        return {ANY: one_for_all}
    try:
        return read_passwords(file)
    except PasswordFileError as error:
        raise ProblemError(str(error)) from None


def _tls(certificate: Path | None, key: Path | None) -> "ssl.SSLContext | None":

    if certificate is None:
        if key is not None:
            raise ProblemError("--tls-key: needs --tls-cert as well")
        return None
    from ingest.gateway.certificates import reloading_context

    try:
        return reloading_context(certificate, key)
    except (OSError, ValueError) as error:
        raise ProblemError(f"--tls-cert {certificate}: {getattr(error, 'strerror', None) or error}") from None
