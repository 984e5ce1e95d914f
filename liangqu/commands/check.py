"""`liangqu check`: would `run` start, and with what? No network is touched."""

import typer

from liangqu.commands.options import Config, settings_of


def check(context: typer.Context, config: Config = None) -> None:
    """Would `run` start? Name every mistake.

    Reads settings and catalogue, names each mistake by file, key and reason, and says what is in force.
    Nothing is connected and nothing is written. Exit code 2 when something is wrong.
    """
    from textwrap import shorten

    from liangqu.assembly import open_catalogue
    from liangqu.settings import read_secret

    settings = settings_of(context, config)
    catalogue = open_catalogue(settings)
    for key in ("mqtt.password_file", "influxdb.password_file", "influxdb.token_file"):
        section, name = key.split(".")
        read_secret(key, getattr(getattr(settings, section), name))
    by_medium = {m: [s for s in catalogue.sites.values() if s.medium == m] for m in ("air", "water")}
    examples = sum(site.status == "example" for site in catalogue.sites.values())
    store = settings.influxdb.url if settings.store.kind == "influxdb" else settings.sqlite.path
    typer.echo(
        f"broker      {settings.broker()}, MQTT {settings.mqtt.protocol}, topics {settings.mqtt.prefix}/…"
    )
    typer.echo(f"store       {settings.store.kind}, {store}")
    typer.echo(f"journal     {settings.journal.path}, up to {settings.journal.limit}")
    typer.echo(f"http        {settings.http.listen or 'none'}")
    typer.echo(f"parameters  {len(catalogue.parameters)}")
    for medium, sites in by_medium.items():
        typer.echo(f"{medium:<11} {len(sites)} sites: {shorten(', '.join(s.id for s in sites), 120)}")
    typer.echo(f"examples    {examples} sites are marked as examples, not real stations")
    typer.echo("all is well")
