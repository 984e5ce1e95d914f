"""`liangqu hj212`: decode frames to JSON lines that say what is wrong in each, and encode them."""

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

from liangqu.cli.options import CheckedCommand, Config, settings_of
from liangqu.config.errors import ProblemError
from liangqu.config.names import check_name
from liangqu.terminal.help import command_group, language_of
from liangqu.terminal.output import say
from liangqu.terminal.words import CommandWords

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sensors.decoding.hj212.segment import Hj212Frame

app = command_group("HJ 212 frames: decode and encode.")

Source = Annotated[
    Path, typer.Argument(help="A file, or - for standard input.", metavar="SOURCE", allow_dash=True)
]
Tolerate = Annotated[
    list[str] | None, typer.Option(help="Switch a tolerance on for this call; may be repeated.")
]
Refuse = Annotated[
    list[str] | None, typer.Option(help="Switch a tolerance off for this call; may be repeated.")
]

PIECE = 65_536
LONGEST_LINE = 262_144  # bytes; no frame comes near it


@app.command("decode", cls=CheckedCommand)
def decode(
    context: typer.Context,
    source: Source,
    config: Config = None,
    tolerate: Tolerate = None,
    refuse: Refuse = None,
) -> None:
    """Decode the frames in a file, a JSON line for each.

    The line has the fields and factors, and what is wrong with the frame. Frames of stations in the catalogue
    are also shown as readings, in the catalogue's units. A final line for each incomplete split message names
    the missing parts. Exit code 1 if a frame was refused.
    """
    import msgspec
    from msgspec import structs

    from liangqu.config.factories import open_catalogue
    from liangqu.tasks.messages.hj212_decoding import Decoding
    from sensors.excerpt import escaped_json

    settings = settings_of(context, config)
    bounds = settings.bounds()
    bounds = structs.replace(bounds, tolerated=_switched(bounds.tolerated, tolerate, refuse))
    decoding = Decoding(open_catalogue(settings), bounds)
    out = sys.stdout.buffer
    with _opened(source) as stream:
        for line in decoding.lines(_pieces(stream)):
            out.write(escaped_json(msgspec.json.encode(line).decode()).encode() + b"\n")
            out.flush()
    words = CommandWords("hj212", language_of(context))
    say(words("decoded", n=decoding.good, bad=decoding.bad, noise=decoding.noise), err=True)
    if decoding.bad:
        raise typer.Exit(1)


@app.command("encode", cls=CheckedCommand)
def encode(context: typer.Context, source: Source) -> None:
    """Encode JSON lines as frames.

    The lines are such as `decode` writes: mn, cn and the other keys. The data area is either the text `area`,
    or `fields` and `factors` as objects. Frames go to standard output, each ending with CR LF. Exit code 1 if
    a line could not be encoded; the line number and the reason go to standard error.
    """
    from ingest.processing.details import describe_detail
    from sensors.decoding.hj212.frame import build_frame

    bad = 0
    with _opened(source) as stream:
        for number, line in enumerate(_lines(stream), 1):
            if not line.strip():
                continue
            try:
                sys.stdout.buffer.write(build_frame(_frame(line)))
            except ValueError as error:
                bad += 1
                wrong = describe_detail(f"{source}: line {number}: {error}", language_of(context))
                say(f"liangqu: {wrong}", err=True)
    sys.stdout.buffer.flush()
    if bad:
        raise typer.Exit(1)


def _switched(
    tolerated: frozenset[str], on: "Sequence[str] | None", off: "Sequence[str] | None"
) -> frozenset[str]:
    from sensors.decoding.hj212.tolerances import TOLERANCES, switch_tolerances

    for option, names in (("--tolerate", on or ()), ("--refuse", off or ())):
        for name in names:
            check_name(option, name, "tolerance", TOLERANCES)
    return switch_tolerances(tolerated, on or (), off or ())


def _frame(line: bytes) -> "Hj212Frame":
    import msgspec

    from sensors.decoding.hj212.area import Area, build_area
    from sensors.decoding.hj212.segment import Hj212Frame
    from sensors.decoding.json_text import parse_json
    from sensors.model import Refused

    if len(line) > LONGEST_LINE:
        raise ValueError(f"longer than {LONGEST_LINE} bytes")
    given = parse_json(line, dict[str, Any])
    if isinstance(given, Refused):
        raise ValueError(given.detail)  # noqa: TRY004 - a value, not a type, is wrong
    if "area" not in given:
        area = msgspec.convert({"plain": given.get("fields", {}), "factors": given.get("factors", {})}, Area)
        given["area"] = build_area(area)
    known = {name: given[name] for name in Hj212Frame.__struct_fields__ if name in given}
    return msgspec.convert(known, Hj212Frame)


def _opened(source: Path) -> BinaryIO:
    if str(source) == "-":
        return sys.stdin.buffer
    try:
        return source.open("rb")
    except OSError as error:
        raise ProblemError(f"{source}: {error.strerror}") from None


def _pieces(stream: BinaryIO) -> "Iterator[bytes]":
    while piece := stream.read(PIECE):
        yield piece


def _lines(stream: BinaryIO) -> "Iterator[bytes]":
    """The lines; of one longer than `LONGEST_LINE` a byte more and no end, the rest is passed over."""
    read = partial(stream.readline, LONGEST_LINE + 1)
    for line in iter(read, b""):
        yield line
        if len(line) > LONGEST_LINE:
            while line and not line.endswith(b"\n"):
                line = read()  # noqa: PLW2901 - the same line
