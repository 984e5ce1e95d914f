"""A drawing in its two forms: SVG that names no machine's font, PNG in the fonts that are asked for."""

import io

import pytest
from matplotlib.image import imread

from dashboards.reports.figures.svg_canvas import Drawing, SvgCanvas


def drawn() -> Drawing:
    canvas = SvgCanvas(50.8, 25.4)
    canvas.box(0, 0, 25.4, 25.4, fill="#b3261e")
    canvas.text(30, 12, "NO2 12")
    return canvas.drawing("sample", "A sample")


def test_a_picture_has_200_dots_an_inch_and_what_was_drawn() -> None:
    """Two inches by one, its left half red: matplotlib's own reader says what the bytes hold."""
    picture = imread(io.BytesIO(drawn().png(())), format="png")

    assert picture.shape[:2] == (200, 400)
    assert [round(float(c) * 255) for c in picture[150, 100][:3]] == [0xB3, 0x26, 0x1E]
    assert [round(float(c) * 255) for c in picture[150, 380][:3]] == [255, 255, 255]


def test_both_forms_are_the_same_bytes_in_either_order() -> None:
    first, other = drawn(), drawn()

    assert (first.svg, first.png(())) == tuple(reversed((other.png(()), other.svg)))
    assert 'id="sample-' in first.svg
    assert first.svg.count("font-family") == 1


def test_a_drawing_knows_its_size_and_the_signs_that_a_font_must_have() -> None:
    assert drawn().size == pytest.approx((50.8, 25.4))
    assert drawn().letters == set("NO2 12")
