"""The demonstration's folder: emptied first, never somebody else's; its settings serve a second terminal."""

from pathlib import Path

from ingest.journal.file import JournalInUseError
from liangqu.config.errors import ProblemError
from liangqu.config.factories import open_journal
from liangqu.config.settings import Settings, load
from liangqu.demo.broker import HOST, free_port
from sensors.model import Language

MQTT_PORT = 1883
HTTP_PORT = 9464
DESK_PORT = 9465
SETTINGS = "liangqu.toml"
LOG = "liangqu.log"
_MARK = "# Written by `liangqu demo`, which removes it and the files it names when it runs here again.\n"
_DATABASES = ("journal.db", "liangqu.db")
_OURS = (
    SETTINGS,
    LOG,
    "journal.db.lock",
    "journal.db.reserve",
    *(name + end for name in _DATABASES for end in ("", "-wal", "-shm")),
)

_TEXT = """\
language = "{language}"
[mqtt]
host = "{host}"
port = {mqtt}
protocol = "3.1.1"      # all that the embedded broker speaks
[store]
kind = "sqlite"
[sqlite]
path = "liangqu.db"
[journal]
path = "journal.db"
[http]
listen = "{host}:{http}"
[desk]
listen = "{host}:{desk}"
login = "none"          # of a desk that nobody but this machine reaches
[report]
folder = "reports"
"""


def prepare(out: Path, language: Language) -> Settings:
    """Create the folder, or clear it of an earlier demonstration's files, and write the settings into it.

    What `liangqu demo` did not make stays. The environment's settings do not count here: a demonstration
    must never reach a real broker or database.

    Raises:
        ProblemError: The folder holds something else, a demonstration runs in it, or it cannot be written.
    """
    file = out / SETTINGS
    try:
        out.mkdir(parents=True, exist_ok=True)
        if any(out.iterdir()):
            _clear(out, file)
        ports = {"mqtt": free_port(MQTT_PORT), "http": free_port(HTTP_PORT), "desk": free_port(DESK_PORT)}
        file.write_text(_MARK + _TEXT.format(language=language, host=HOST, **ports), encoding="utf-8")
    except OSError as error:
        why = error.strerror or error
        raise ProblemError(
            f"--out: {error.filename or out}: nothing can be made there: {why}; name another"
        ) from None
    return load(file, {})


def _clear(out: Path, file: Path) -> None:
    if not file.is_file() or not file.read_bytes().startswith(_MARK.encode()):
        raise ProblemError(f"{out}: not empty, and not an earlier demo's folder; name another one with --out")
    if (out / "journal.db").exists():
        _refuse_if_running(out, file)
    for name in _OURS:
        (out / name).unlink(missing_ok=True)


def _refuse_if_running(out: Path, file: Path) -> None:
    journal = open_journal(load(file, {}))
    try:
        journal.own()
    except JournalInUseError:
        raise ProblemError(f"{out}: a demo is running in this folder; name another one with --out") from None
    finally:
        journal.close()
