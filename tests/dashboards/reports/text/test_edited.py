"""Text that people edited stays, and says so when the figures behind it changed; its file loses nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.reports.text.edited import (
    TextFileError,
    kept_in_json,
    parse_text_file,
    printed_paragraphs,
    text_file,
)
from dashboards.reports.text.paragraph import Paragraph
from dashboards.reports.text.printed import KeptParagraph, PrintedParagraph
from dashboards.reports.words import ReportWords
from sensors.model import LANGUAGES, Language

OLD, NEW = Paragraph("It was 25.", ("25",)), Paragraph("It was 26.", ("26",))
REWORDED = Paragraph("The mean was 25.", ("25",))


def kept(text: str, of: Paragraph = OLD) -> KeptParagraph:
    """A text as the file has it."""
    return KeptParagraph(text, of.text, of.figures)


@pytest.mark.parametrize(
    ("one", "now", "text", "edited", "outdated"),
    [
        pytest.param(None, NEW, "It was 26.", False, False, id="no file yet"),
        pytest.param(
            kept("It was 25.\n"), NEW, "It was 26.", False, False, id="as it was written: written anew"
        ),
        pytest.param(kept("Dirty: 25!"), OLD, "Dirty: 25!", True, False, id="edited, the same figures"),
        pytest.param(kept("Dirty: 25!"), NEW, "Dirty: 25!", True, True, id="edited, other figures since"),
        pytest.param(
            kept("Dirty: 25!"), REWORDED, "Dirty: 25!", True, False, id="other words are no other figures"
        ),
        pytest.param(
            kept("It was 26."), NEW, "It was 26.", False, False, id="what the program writes by now"
        ),
        pytest.param(
            KeptParagraph("Dirty: 26!"), NEW, "Dirty: 26!", True, False, id="checked: of the present figures"
        ),
        pytest.param(kept("  \n"), OLD, "", True, False, id="blank: nothing is printed"),
    ],
)
def test_what_is_printed(
    one: KeptParagraph | None, now: Paragraph, text: str, *, edited: bool, outdated: bool
) -> None:
    (printed,) = printed_paragraphs({"air": now}, {} if one is None else {"air": one})

    assert (printed.text, printed.is_edited, printed.is_outdated) == (text, edited, outdated)


def test_it_stays_outdated_until_it_is_checked() -> None:
    """Three revisions: the figures change, stay, and the person removes what the text was based on."""
    file = kept("Dirty: 25!")
    for _ in range(2):
        (printed,) = printed_paragraphs({"air": NEW}, {"air": file})
        assert printed.is_outdated
        file = parse_text_file(text_file([printed], ReportWords("en")).encode())["air"]
        assert file.now.strip() == NEW.text
    (printed,) = printed_paragraphs({"air": NEW}, {"air": KeptParagraph("Checked: 26.")})
    file = parse_text_file(text_file([printed], ReportWords("en")).encode())["air"]

    assert (printed.is_outdated, file.figures, file.now) == (False, NEW.figures, "")


ANY = st.text(st.characters(exclude_categories=["Cs"])).map(str.strip)


@given(ANY, ANY, st.lists(ANY), st.sampled_from(LANGUAGES))
def test_the_file_gives_back_what_was_written(
    text: str, generated: str, figures: list[str], language: Language
) -> None:
    one = PrintedParagraph("water", text, generated, tuple(figures), "", is_edited=True)

    read = parse_text_file(text_file([one], ReportWords(language)).encode())["water"]

    assert (read.text.strip(), (read.generated or "").strip()) == (text, generated)
    assert read.figures == tuple(figures)


def test_a_report_keeps_what_the_next_one_needs() -> None:
    content = {
        "text": {"air": {"text": "a", "edited": True, "outdated": False, "generated": "b", "figures": ["1"]}}
    }

    assert kept_in_json(content) == {"air": KeptParagraph("a", "b", ("1",))}
    assert kept_in_json({"number": "of a former program"}) == {}


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        pytest.param(b"[air]\ntext = 'a", "line 2", id="no TOML"),
        pytest.param(
            b"[ari]\ntext = 'a'", "[ari]: no such paragraph; there are air, water", id="another name"
        ),
        pytest.param(b"[air]\ntxt = 'a'", "unknown field `txt` - at `$[...]`", id="another key"),
        pytest.param(b"[air]\ntext = 3", "Expected `str`, got `int`", id="a number"),
        pytest.param("[air]\ntext = '月'".encode("gb18030"), "line 2", id="another encoding"),
    ],
)
def test_a_damaged_file_is_told_in_one_line(raw: bytes, words: str) -> None:
    with pytest.raises(TextFileError) as error:
        parse_text_file(raw)

    assert words in str(error.value)
    assert len(str(error.value).splitlines()) == 1
