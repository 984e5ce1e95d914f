"""The guide in both languages: what it names exists, and the way to a new station is walked."""

import json
import re
import shlex
import textwrap
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from liangqu.__main__ import app
from tests.deploy import guide
from tests.deploy.deployment import DeploymentClient, compose, lay_out, run
from tests.docs import board_pictures
from tests.support.liangqu_process import LiangquRun, items, refused
from tests.support.paths import ROOT
from tests.support.servers import Mosquitto

GUIDES = ("guide.md", "guide.zh-CN.md")
DOCS = ROOT / "docs"
SERVICES = set(compose("docker-compose.yml")["services"])


def text_of(guide: str) -> str:
    return (DOCS / guide).read_text(encoding="utf-8")


def blocks(guide: str, language: str) -> list[str]:
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```$", text_of(guide), re.DOTALL | re.MULTILINE)
    return [textwrap.dedent(block) for _, block in found]


def commands(guide: str) -> list[str]:
    fenced = [line for block in blocks(guide, "sh") for line in block.splitlines()]
    return fenced + re.findall(r"`((?:docker|liangqu|sh) [^`\n]+)`", text_of(guide))


def test_both_guides_give_the_same_commands_and_files() -> None:
    for language in ("sh", "toml"):
        assert blocks(GUIDES[0], language) == blocks(GUIDES[1], language) != []


def test_both_guides_name_the_same_commands_in_their_sentences() -> None:
    """What a reader fills in has a name of the language: ID, 编号."""
    filled_in = re.compile(r"\b[A-Z]{2,}\b|[\u4e00-\u9fff]+")
    english, chinese = ({filled_in.sub("…", command) for command in commands(name)} for name in GUIDES)

    assert english == chinese


def test_every_line_is_typed_by_one_proof() -> None:
    """`./do prove` types them on a Debian or with containers; both guides have the same lines."""
    for chapter, lines in guide.chapters().items():
        on_debian = guide.typed_on_debian(chapter) if chapter in guide.ON_DEBIAN else []
        with_containers = guide.typed_with_containers().get(chapter, [])
        typed = sorted(on_debian + with_containers)
        assert typed == ([] if chapter == guide.CLUSTER else sorted(lines)), chapter


def shape(guide: str) -> list[tuple[int, int]]:
    """Paragraphs and rows of tables in each chapter; fenced blocks are compared above."""
    text = re.sub(r"^ *```.*?^ *```$", "", text_of(guide), flags=re.DOTALL | re.MULTILINE)
    return [
        (len(re.split(r"\n\s*\n", chapter.strip())), len(re.findall(r"^\|", chapter, re.MULTILINE)))
        for chapter in re.split(r"^## ", text, flags=re.MULTILINE)
    ]


def test_neither_guide_leaves_out_what_the_other_says() -> None:
    chapters = dict(enumerate(shape(GUIDES[0])))

    assert dict(enumerate(shape(GUIDES[1]))) == chapters
    assert len(chapters) > 10


@pytest.mark.parametrize("guide", GUIDES)
def test_every_picture_and_link_leads_somewhere(guide: str) -> None:
    text = text_of(guide)
    heads = {
        re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-")
        for head in re.findall(r"^##+ (.*)$", text, re.MULTILINE)
    }

    for target in re.findall(r"\]\(([^)]+)\)", text):
        if target.startswith("#"):
            assert target[1:] in heads, (target, heads)
        else:
            assert (DOCS / target).is_file(), target
    assert len(re.findall(r"!\[", text)) == 8


def test_the_pictures_are_those_of_the_boards() -> None:
    """Not drawn here: that needs npm. Each is of the board as it is now, drawn by `./do boards`."""
    recorded = json.loads((DOCS / "boards" / board_pictures.DIGESTS).read_text(encoding="utf-8"))
    stale = [name for name, digest in board_pictures.digests().items() if recorded.get(name) != digest]

    assert stale == [], "type ./do boards"
    for name in recorded:
        assert 20_000 < (DOCS / "boards" / name).stat().st_size < 300_000, name


@pytest.fixture(scope="module")
def deployment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = lay_out(tmp_path_factory.mktemp("deployment"))
    assert run("make-service-certificate.sh", "liangqu", cwd=made).returncode == 0
    return made


@pytest.mark.parametrize("guide", GUIDES)
def test_every_file_that_is_named_is_there(guide: str, deployment: Path) -> None:
    named = set(re.findall(r"\b((?:deploy|dashboards)/[\w./-]*\w)", text_of(guide)))
    of_the_reader = {
        "deploy/settings/my-sites.toml",
        "deploy/settings/notify.toml",
        "deploy/settings.before-restore",
        "deploy/secrets/mosquitto/server",
    }

    assert len(named) > 8
    assert [name for name in sorted(named - of_the_reader) if not (deployment / name).exists()] == []


@pytest.mark.parametrize("guide", GUIDES)
def test_every_command_is_one(guide: str) -> None:
    for command in commands(guide):
        words = command.split()
        if command.startswith("docker compose"):
            named = re.search(r"(?:restart|logs|exec|run --rm --no-deps) (\w+)", command)
            assert named is None or named[1] in SERVICES, command
            words = words[words.index("liangqu") + 1 :] if named and "liangqu" in words else []
        program = words[0].rpartition("/")[2] if words else ""  # also one of a virtual environment
        if program == "liangqu":
            words.pop(0)
        elif program in {
            "python3",
            "sh",
            "cat",
            "cp",
            "pip",
            "sudo",
            "echo",
            "docker",
            "do",
            "tar",
            "kubectl",
            "touch",
        }:
            continue
        path = [word for word in words[:2] if re.fullmatch(r"[a-z]+", word)]
        if path:
            assert CliRunner().invoke(app, [*path, "--help"]).exit_code == 0, command


@pytest.mark.server
def test_a_station_that_nobody_knew_is_brought_in_as_the_guide_says(
    mosquitto: Mosquitto, tmp_path: Path
) -> None:
    """Unknown, quarantined, added by the guide's own command as its row says, replayed, stored."""
    settings, site, *_ = blocks(GUIDES[0], "toml")
    [add] = (line for line in commands(GUIDES[0]) if line.startswith("sh deploy/station.sh add"))
    service = LiangquRun(tmp_path, mosquitto.port).start()
    one = DeploymentClient(mosquitto.port)
    one.publish(
        "liangqu/air/my-station", '{"time": "2026-01-01T00:00:00+08:00", "values": {"pm25": 12, "pm10": 30}}'
    )
    figures = service.wait_until_settled(1)
    assert refused(figures) == {"unknown_site": items(figures)["quarantined"]}

    plain = service.settings.read_text(encoding="utf-8").replace("[catalogue]\nextra = []\n", "")
    service.settings.write_text(plain + settings, encoding="utf-8")
    service.command("station", *shlex.split(add)[2:], "--no-replay")
    assert tomllib.loads((tmp_path / "my-sites.toml").read_text("utf-8")) == tomllib.loads(site)
    assert "all is well" in service.command("check")
    service.command("reload")
    service.command("quarantine", "replay", "--reason", "unknown_site")
    service.wait_until(lambda: items(service.metrics())["stored"] == 2, "both readings stored")

    assert items(service.metrics())["quarantined"] == 0
    one.stop()
    service.stop()
