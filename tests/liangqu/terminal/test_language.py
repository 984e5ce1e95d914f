"""Which language is printed: what somebody said wins over the locale."""

import os
from pathlib import Path

import pytest

from liangqu.terminal.language import chosen_language, locale_language
from sensors.model import Language


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        pytest.param({}, "en", id="nothing set, as in a container"),
        pytest.param({"LANG": "C.UTF-8"}, "en", id="Debian's own"),
        pytest.param({"LANG": "zh_CN.UTF-8"}, "zh", id="China"),
        pytest.param({"LANG": "zh_TW.UTF-8"}, "zh", id="Taiwan"),
        pytest.param({"LANG": "ZH_CN.GB18030"}, "zh", id="another encoding, in capitals"),
        pytest.param({"LANG": "zh_CN.UTF-8", "LC_ALL": "en_GB.UTF-8"}, "en", id="LC_ALL before LANG"),
        pytest.param({"LANG": "en_GB.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "zh", id="messages alone"),
        pytest.param({"LC_ALL": "en_US.UTF-8", "LANGUAGE": "zh_CN:en"}, "zh", id="gettext's own wins"),
        pytest.param({"LC_ALL": "", "LANG": "zh_CN.UTF-8"}, "zh", id="blank says nothing"),
    ],
)
def test_the_locale_decides_where_nobody_said_it(environment: dict[str, str], language: Language) -> None:
    assert locale_language(environment) == language


@pytest.mark.parametrize(
    ("text", "environment", "language"),
    [
        pytest.param('language = "zh"', {"LANG": "en_GB.UTF-8"}, "zh", id="the file before the locale"),
        pytest.param('language = "en"', {"LANG": "zh_CN.UTF-8"}, "en", id="the other way round"),
        pytest.param(
            'language = "en"', {"LIANGQU_LANGUAGE": "zh"}, "zh", id="the environment before the file"
        ),
        pytest.param("[mqtt]\nport = 1", {"LANG": "zh_CN.UTF-8"}, "zh", id="a file that does not say it"),
        pytest.param('language = "fr"', {"LANG": "zh_CN.UTF-8"}, "zh", id="a language that is none"),
        pytest.param("language = ", {}, "en", id="a file that is no TOML"),
    ],
)
def test_settings_decide_before_the_locale(
    text: str, environment: dict[str, str], language: Language, tmp_path: Path
) -> None:
    file = tmp_path / "liangqu.toml"
    file.write_text(text, encoding="utf-8")

    assert chosen_language(file, environment) == language


def test_a_file_that_is_not_there_says_nothing(tmp_path: Path) -> None:
    assert chosen_language(tmp_path / "none.toml", {"LANG": "zh_CN.UTF-8"}) == "zh"


def test_a_pipe_is_left_to_whoever_loads_it(tmp_path: Path) -> None:
    """Opening it would wait for ever."""
    os.mkfifo(tmp_path / "pipe")
    assert chosen_language(tmp_path / "pipe", {"LANG": "zh_CN.UTF-8"}) == "zh"


def test_a_name_that_no_file_can_have_says_nothing(tmp_path: Path) -> None:
    assert chosen_language(tmp_path / ("x" * 5000), {"LANG": "zh_CN.UTF-8"}) == "zh"
