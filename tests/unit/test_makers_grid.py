from __future__ import annotations

import csv
import io
import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import numpy as np
import pypdf
import pypdfium2
import pytest
import resvg_py
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from colorquant import Palette, SettingsError, load, makers, quantize
from colorquant.engine.spaces import EYE
from colorquant.makers.chart import GUTTER, Chart
from colorquant.makers.drawing import Sheet
from colorquant.makers.papers import MARGIN, paper_size
from colorquant.makers.svg import to_svg
from colorquant.makers.symbols import SYMBOLS

COLORS = Palette("black, white, #dc1e28, #d22832, #143cc8")
CELLS = hnp.arrays(
    np.int32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=40), elements=st.integers(-1, 4)
)
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def small(photo):
    return makers.shrink(load(photo), 58)


@pytest.fixture(scope="module")
def pattern(small):
    return makers.grid(small.recolor(small.sweep(colors=9)), kind="beads", title="a flower")


def light(pixels):
    """Decode sRGB by its definition (IEC 61966-2-1)."""
    value = np.asarray(pixels, np.float64) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


@given(hnp.arrays(np.uint8, (12, 18, 3)))
def test_a_cell_is_the_average_of_its_pixels_in_linear_light(pixels):
    shrunk = makers.shrink(load(pixels), 6).raster.pixels
    means = light(pixels).reshape(4, 3, 6, 3, 3).mean(axis=(1, 3))
    # The nearest level, but for the rounding of the table of light.
    assert (
        np.abs(light(shrunk) - means) <= np.abs(light(np.minimum(shrunk + 1.0, 255)) - means) + 1e-4
    ).all()
    assert (np.abs(light(shrunk) - means) <= np.abs(light(np.maximum(shrunk - 1.0, 0)) - means) + 1e-4).all()


def test_what_is_transparent_lends_no_color_to_a_cell():
    pixels = np.zeros((4, 4, 4), np.uint8)
    pixels[:, ::2] = (200, 30, 40, 255)
    pixels[:, 1::2] = (0, 255, 0, 0)
    shrunk = makers.shrink(load(pixels), 2).raster
    np.testing.assert_array_equal(shrunk.pixels, np.full((2, 2, 3), (200, 30, 40)))
    np.testing.assert_array_equal(shrunk.alpha, np.full((2, 2), 128))


def test_a_small_image_is_not_enlarged():
    sprite = load(np.zeros((16, 20, 3), np.uint8))
    assert makers.shrink(sprite, 60) is sprite


def test_every_cell_has_the_color_of_the_palette_that_looks_nearest(small, pattern):
    palette = np.array([tuple(bytes.fromhex(each.hex[1:])) for each in pattern.legend], np.uint8)
    points, entries = EYE.from_srgb(small.raster.pixels), EYE.from_srgb(palette)
    apart = np.square(points[:, :, None] - entries).sum(axis=-1)
    chosen = np.take_along_axis(apart, pattern.labels[..., None].astype(np.intp), axis=-1)[..., 0]
    np.testing.assert_array_equal(chosen, apart.min(axis=-1))


@settings(max_examples=30)
@given(CELLS.filter(lambda cells: (cells >= 0).any()))
def test_the_counts_are_those_of_the_cells(cells):
    pattern = makers.grid(cells, COLORS)
    assert (pattern.labels >= 0).sum() == (cells >= 0).sum() == sum(each.count for each in pattern.legend)
    for each in pattern.legend:
        drawn = pattern.labels == each.number - 1
        assert each.count == drawn.sum() > 0
        assert {COLORS.hex_colors[entry] for entry in cells[drawn]} == {each.hex}
    assert len({each.symbol for each in pattern.legend}) == len(pattern.legend)


def test_the_table_lists_what_to_buy(pattern):
    rows = list(csv.DictReader(io.StringIO(pattern.csv().decode())))
    assert [(row["symbol"], row["color"], int(row["count"])) for row in rows] == [
        (each.symbol, each.hex, each.count) for each in pattern.legend
    ]
    assert sum(float(row["share"]) for row in rows) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("kind", "count", "size"),
    [
        ("cross-stitch", 14, 254.0),
        ("cross-stitch", 28, 127.0),
        ("beads", 14, 700.0),
        ("mini-beads", 14, 364.0),
    ],
)
def test_the_finished_size_comes_of_the_craft(kind, count, size):
    pattern = makers.grid(np.zeros((70, 140), int), COLORS, kind=kind, fabric_count=count)
    assert (pattern.width_mm, pattern.height_mm) == pytest.approx((size, size / 2))


def test_every_cell_of_the_svg_has_its_color_around_its_symbol(pattern):
    drawn = re.sub(r"<text.*?</text>", "", pattern.svg())
    dots = 8
    pixels = np.asarray(
        Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=drawn, dpi=dots * 25.4)))).convert("RGB")
    )
    # A cell of 5 mm: half a millimeter from its upper left corner there is neither line nor symbol.
    first = (MARGIN + GUTTER + 0.7) * dots
    y, x = (np.round(first + np.arange(count) * 5 * dots).astype(int) for count in pattern.labels.shape)
    colors = np.array([tuple(bytes.fromhex(each.hex[1:])) for each in pattern.legend])
    np.testing.assert_array_equal(pixels[np.ix_(y, x)], colors[pattern.labels])


def test_symbols_of_neighbors_differ_in_print():
    """Without its color, each symbol still looks unlike each other one."""
    views = []
    for symbol in SYMBOLS[:20]:
        chart = Chart(np.zeros((1, 1), np.int32), ["#ffffff"], ["#000000"], [symbol], 10.0, 10)
        marks = [mark for mark in chart.marks(chart.whole) if getattr(mark, "fill", "") != "#ffffff"][:1]
        sheet = to_svg(Sheet(17, 17, marks, "", ""))
        pixels = Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=sheet, dpi=50))))
        views.append(np.asarray(pixels.convert("L"), np.float64) / 255)
    for one in range(20):
        for other in range(one):
            assert np.abs(views[one] - views[other]).sum() > 10


def test_there_is_a_symbol_for_every_color_of_a_palette():
    assert len({symbol.name for symbol in SYMBOLS}) == len(SYMBOLS) >= 256


@settings(max_examples=60)
@given(st.integers(1, 300), st.integers(1, 300), st.sampled_from(["cross-stitch", "beads", "mini-beads"]))
def test_pages_show_each_cell_once(columns, rows, kind):
    craft = makers.KINDS[kind]
    chart = Chart(np.zeros((rows, columns), np.int32), [], [], [], craft.printed_mm, craft.block)
    seen = np.zeros((rows, columns), int)
    for part in chart.parts(190, 277):
        seen[part.top : part.bottom, part.left : part.right] += 1
        width, height = chart.size(part)
        assert width <= 190
        assert height <= 277
    assert (seen == 1).all()


@pytest.mark.parametrize("paper", makers.PAPERS)
@pytest.mark.parametrize("shape", [(1, 1), (0.7, 1)])
def test_stitches_that_were_made_to_fill_a_page_are_on_one(paper, shape):
    width, height = (side - 2 * MARGIN for side in paper_size(paper, landscape=shape[0] < shape[1]))
    printed = makers.KINDS["cross-stitch"].printed_mm
    most = int(min((width - GUTTER) / shape[1], (height - GUTTER) / shape[0]) / printed)
    for cells in range(1, most + 1):
        rows, columns = (max(int(side * cells), 1) for side in shape)
        pattern = makers.grid(np.zeros((rows, columns), int), COLORS, paper=paper)
        assert len(pattern._chart(width, height).parts(width, height)) == 1, cells


def test_pages_of_beads_end_where_boards_do():
    chart = Chart(np.zeros((58, 58), np.int32), [], [], [], 5.0, 29)
    assert [part[:2] for part in chart.parts(190, 277)] == [(0, 0), (29, 0), (0, 29), (29, 29)]


def test_the_pdf_begins_with_an_overview_and_tells_which_cells_a_page_shows(pattern):
    pages = pypdf.PdfReader(io.BytesIO(pattern.pdf())).pages
    texts = [page.extract_text() for page in pages]
    assert len(pages) == 5
    assert pattern.summary in texts[0]
    assert all(each.hex in texts[0] and f"{each.count} (" in texts[0] for each in pattern.legend)
    assert "columns 30 to 58, rows 1 to 29" in texts[2]
    assert "2 / 5" in texts[1]
    assert pattern.pdf() == pattern.pdf()


def test_a_long_title_stays_on_the_paper_and_beside_what_else_is_there(small):
    title = "a very long title of a photograph " * 10
    pattern = makers.grid(small.recolor("black, white"), title=title)
    for sheet in pypdfium2.PdfDocument(pattern.pdf()):
        texts = list(sheet.get_objects([pypdfium2.raw.FPDF_PAGEOBJ_TEXT]))
        assert all(text.get_bounds()[2] < sheet.get_width() for text in texts)
        foot = sorted(text.get_bounds() for text in texts if text.get_bounds()[1] < MARGIN * 72 / 25.4)
        assert len(foot) >= 2
        assert all(one[2] < other[0] for one, other in pairwise(foot))


def test_a_legend_that_does_not_fit_goes_on_at_the_end():
    many = Palette.of(np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1))
    pattern = makers.grid(np.arange(256).reshape(16, 16), many, paper="a5")
    texts = [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pattern.pdf())).pages]
    assert "#000000" in texts[0]
    assert "#ffffff" in texts[-1]
    assert sum(text.count("(0.4%)") for text in texts) == 256
    ET.fromstring(pattern.svg())


def test_the_svg_says_what_it_is(pattern):
    root = ET.fromstring(pattern.svg())
    assert root.find(f"{SVG}title").text == "a flower: bead pattern"
    assert root.find(f"{SVG}desc").text == pattern.summary
    written = [text.text for text in root.iter(f"{SVG}text")]
    assert {"1", "10", "20", "30", "40", "50"} <= set(written)
    assert all(each.hex in written for each in pattern.legend)


def test_empty_cells_stay_empty():
    pixels = np.zeros((20, 20, 4), np.uint8)
    pixels[5:15, 5:15] = (200, 30, 40, 255)
    pattern = makers.grid(quantize(pixels))
    assert (pattern.labels[:5] == -1).all()
    assert [each.count for each in pattern.legend] == [100]


def test_a_picture_that_shows_nothing_is_refused():
    with pytest.raises(SettingsError, match="There is nothing to draw"):
        makers.grid(quantize(np.zeros((8, 8, 4), np.uint8)))


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"kind": "knitting"}, "kind must be one of cross-stitch, beads, mini-beads, not 'knitting'"),
        ({"fabric_count": 0}, "fabric_count must be a whole number from 1 to 40, not 0"),
        ({"fabric_count": "many"}, "fabric_count must be"),
        ({"paper": "b5"}, "paper must be one of"),
        ({"picture": np.zeros((2, 501), int)}, "at most 500 cells to a side, not 501 x 2"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(given, sentence):
    with pytest.raises(SettingsError, match=re.escape(sentence)):
        makers.grid(**{"picture": np.zeros((4, 4), int), "palette": COLORS} | given)


@pytest.mark.parametrize("cells", [0, 501, 2.5, True, "60"])
def test_a_number_of_cells_out_of_range_is_refused(small, cells):
    with pytest.raises(SettingsError, match="cells must be a whole number from 1 to 500"):
        makers.shrink(small, cells)


def test_a_pattern_that_would_be_too_high_is_refused():
    with pytest.raises(SettingsError, match="60 x 1200, more than 500 to a side"):
        makers.shrink(load(np.zeros((2000, 100, 3), np.uint8)), 60)
