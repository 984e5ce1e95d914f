"""A `docker` for tests without an engine: what the scripts of deploy/ ask of it, done by processes here.

A container is a process with its own view of the files (volumes, mounts and secrets as the compose files
say, from which it also takes its environment and user), in a network of the deployment's own, where
`influxdb` is a name and 8086 and 8088 are free. InfluxDB is Debian's 1.6.7, set up as the official image does
at its first start. Any word that it does not know fails. `LIANGQU_CONTAINERS` is the folder of its state.
"""

import json
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

from ruamel.yaml import YAML

STATE = Path(os.environ["LIANGQU_CONTAINERS"])
VARIABLE = re.compile(r"\$\{(\w+)(?::-([^}]*))?\}")
PYTHON = Path("/run/python")
INFLUXD = """\
reporting-disabled = true
[meta]
  dir = "/var/lib/influxdb/meta"
[data]
  dir = "/var/lib/influxdb/data"
  wal-dir = "/var/lib/influxdb/wal"
  query-log-enabled = false
[monitor]
  store-enabled = false
[http]
  log-enabled = false
"""
FIRST_START = """\
printf '%s' "CREATE USER $INFLUXDB_ADMIN_USER WITH PASSWORD '$INFLUXDB_ADMIN_PASSWORD' WITH ALL PRIVILEGES" |
    influx
export INFLUX_USERNAME="$INFLUXDB_ADMIN_USER" INFLUX_PASSWORD="$INFLUXDB_ADMIN_PASSWORD"
for statement in "CREATE DATABASE $INFLUXDB_DB" \
    "CREATE USER $INFLUXDB_USER WITH PASSWORD '$INFLUXDB_USER_PASSWORD'" \
    "GRANT ALL ON $INFLUXDB_DB TO $INFLUXDB_USER" \
    "CREATE USER $INFLUXDB_READ_USER WITH PASSWORD '$INFLUXDB_READ_USER_PASSWORD'" \
    "GRANT READ ON $INFLUXDB_DB TO $INFLUXDB_READ_USER"; do printf '%s' "$statement" | influx; done
"""  # as init-influxdb.sh of the official image does
PING = "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8086/ping', timeout=2)"


def fail(words: str) -> NoReturn:
    sys.exit(f"docker (of the tests): {words}")


# --- the compose files ---


def variables() -> dict[str, str]:
    """Those of .env under those of the process."""
    file = Path(".env")
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    return dict(line.split("=", 1) for line in lines if re.match(r"\w+=", line)) | dict(os.environ)


def interpolated(value: Any) -> Any:
    """A text, and the texts of a list or table, with the variables' values."""
    known = variables()
    match value:
        case str():
            return VARIABLE.sub(lambda found: known.get(found[1]) or found[2] or "", value)
        case list():
            return [interpolated(item) for item in value]
        case dict():
            return {key: interpolated(item) for key, item in value.items()}
    return value


def service(name: str) -> dict[str, Any]:
    """A service, the later file's environment, volumes and secrets on top; secrets with their files."""
    if not Path("docker-compose.yml").exists():
        fail("no configuration file provided: not found")
    made: dict[str, Any] = {}
    files: dict[str, Any] = {}
    for compose in variables().get("COMPOSE_FILE", "docker-compose.yml").split(":"):
        loaded = interpolated(YAML(typ="safe").load(Path(compose)))
        files |= loaded.get("secrets", {})
        for key, value in loaded["services"].get(name, {}).items():
            if key == "environment":
                made[key] = made.get(key, {}) | value
            elif key in {"volumes", "secrets", "env_file"}:
                made[key] = made.get(key, []) + value
            else:
                made[key] = value
    made["secrets"] = {secret: files[secret]["file"] for secret in made.get("secrets", ())}
    return made


def volume(name: str) -> Path:
    """The folder of a named volume, made when it is asked for."""
    folder = STATE / "volumes" / f"{variables().get('COMPOSE_PROJECT_NAME', 'liangqu')}_{name}"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def mounts(of: dict[str, Any]) -> list[tuple[str, str]]:
    """Source and place of each mount; a source that is missing fails, as docker does."""
    found = [(str(Path(file).absolute()), f"/run/secrets/{name}") for name, file in of["secrets"].items()]
    for mounted in of.get("volumes", ()):
        if isinstance(mounted, dict):
            found.append((str(Path(mounted["source"]).absolute()), mounted["target"]))
            continue
        source, target = mounted.removesuffix(":ro").split(":")
        found.append((str(Path(source).absolute() if "/" in source else volume(source)), target))
    for source, _ in found:
        if not Path(source).exists():
            fail(f"invalid mount config for type bind: bind source path does not exist: {source}")
    return found


def environment(of: dict[str, Any]) -> dict[str, str]:
    """What a process of the service finds in its environment."""
    found = {"PATH": os.environ["PATH"], "HOME": "/"}
    for file in of.get("env_file", ()):
        found |= dict(line.split("=", 1) for line in Path(file).read_text("utf-8").splitlines())
    return found | {key: str(value) for key, value in of["environment"].items()}


# --- containers ---


def in_container(name: str, words: list[str]) -> list[str]:
    """The line that runs words as a container of the service does."""
    of = service(name)
    what = {
        "mounts": mounts(of),
        "environment": environment(of),
        "user": of.get("user", "0:0"),
        "words": words,
    }
    network = f"--net=/proc/{(STATE / 'network').read_text('utf-8')}/ns/net"
    inside = [sys.executable, __file__, "inside", json.dumps(what)]
    return ["nsenter", network, "unshare", "--mount", "--propagation", "private", *inside]


def become(what: dict[str, Any]) -> NoReturn:
    """Mount what the tests' programs read, change the user, and become the program."""
    hosts = STATE / "hosts"
    hosts.write_text("127.0.0.1 localhost influxdb mosquitto\n", encoding="utf-8")
    for top in ("/run", "/var/lib"):
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", top], check=True)
    # The tests' Python may lie in a folder that only root enters.
    for source, target in [*what["mounts"], (str(hosts), "/etc/hosts"), (sys.base_prefix, str(PYTHON))]:
        place = Path(target)
        if target.startswith(("/run/", "/var/lib/")):
            place.parent.mkdir(parents=True, exist_ok=True)
            place.mkdir() if Path(source).is_dir() else place.touch()
        if place.exists():
            subprocess.run(["mount", "--bind", source, target], check=True)
    user, group = map(int, what["user"].split(":"))
    if user:
        os.chown("/var/lib/liangqu", user, group)
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)
    os.chdir("/")
    os.execvpe(what["words"][0], what["words"], what["environment"])


def pid_of(name: str) -> int | None:
    """The process of a service that runs."""
    file = STATE / f"{name}.pid"
    pid = int(file.read_text("utf-8")) if file.exists() else 0
    return pid if pid and Path(f"/proc/{pid}/exe").exists() else None


def run(name: str, words: list[str]) -> int:
    return subprocess.run(in_container(name, words), check=False).returncode


def start_influxdb() -> int:
    """As the image: users, database and grants where there is none yet; healthy when it answers."""
    if pid_of("influxdb"):
        return 0
    data = volume("influxdb1-data")
    first = not (data / "meta" / "meta.db").exists()
    (data / "influxdb.conf").write_text(INFLUXD, encoding="utf-8")
    line = in_container("influxdb", ["influxd", "run", "-config", "/var/lib/influxdb/influxdb.conf"])
    with (STATE / "influxdb.log").open("ab") as log:
        started = subprocess.Popen(line, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    (STATE / "influxdb.pid").write_text(str(started.pid), encoding="utf-8")
    answers = in_container("influxdb", [str(PYTHON / "bin" / "python3"), "-c", PING])
    while subprocess.run(answers, capture_output=True, check=False).returncode != 0:
        if started.poll() is not None:
            fail("container for service influxdb is unhealthy")
        time.sleep(0.1)
    return run("influxdb", ["sh", "-euc", FIRST_START]) if first else 0


def copy(source: str, target: str) -> int:
    """`docker compose cp` of a folder: /tmp is everybody's here."""
    there, here = (name.removeprefix("influxdb:") for name in (source, target))
    return subprocess.run(["cp", "-R", there, here], check=False).returncode


def let_it_fail(words: list[str]) -> None:
    """Write the call down; end at the one whose number is `DOCKER_FAILS_AT`."""
    calls = STATE / "calls"
    with calls.open("a", encoding="utf-8") as file:
        file.write(" ".join(words).split("\n")[0] + "\n")
    if len(calls.read_text("utf-8").splitlines()) == int(os.environ.get("DOCKER_FAILS_AT", "0")):
        fail("cannot connect to the Docker daemon")


def main(words: list[str]) -> int:
    os.umask(0o022)  # an engine does not know its client's
    if words[0] == "inside":
        become(json.loads(words[1]))
    let_it_fail(words)
    return compose(words[1:]) if words[0] == "compose" else engine(words)


def engine(words: list[str]) -> int:
    match words:
        case ["volume", "ls", "-q"]:
            print("\n".join(folder.name for folder in (STATE / "volumes").iterdir()))
            return 0
        case ["run", "--rm", "--network", "none", "-v", mounted, "--entrypoint", "ls", _, "-A", "/volume"]:
            print("\n".join(file.name for file in (STATE / "volumes" / mounted.split(":")[0]).iterdir()))
            return 0
    fail(f"unknown words: {' '.join(words)}")


def compose(words: list[str]) -> int:
    match words:
        case ["exec", "-T", name, *command]:
            return run(name, command) if pid_of(name) else fail(f'service "{name}" is not running')
        case ["run", "--rm", "--no-deps", "-T", "--entrypoint", "python", "liangqu", *command]:
            return run("liangqu", [str(PYTHON / "bin" / "python3"), *command])
        case ["up", "-d", "--wait", "influxdb"]:
            return start_influxdb()
        case ["up", "-d", "--no-deps", "--force-recreate", _]:
            return 0
        case ["cp", source, target]:
            return copy(source, target)
        case ["ps", "-q", name]:
            print(pid_of(name) or "", end="")
            return 0
        case ["kill", "--signal", "HUP", name]:
            os.kill(pid_of(name) or fail(f"{name} does not run"), 1)
            return 0
    fail(f"unknown words: {' '.join(words)}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
