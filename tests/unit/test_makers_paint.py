from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import cv2
import numpy as np
import pypdf
import pypdfium2
import pytest
import resvg_py
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image

from colorquant import MissingExtraError, Palette, SettingsError, load, makers, quantize
from colorquant.makers.drawing import DIGIT_HEIGHT, DIGIT_WIDTH, TEXT_WIDTH, shortened
from colorquant.makers.paint import LARGEST_TYPE, RESOLUTION, SMALLEST_TYPE
from colorquant.makers.papers import MARGIN
from colorquant.makers.regions import connected, depths

COLORS = Palette("black, white, #dc1e28, #d22832, #143cc8")
ENTRIES = hnp.arrays(
    np.int32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=14), elements=st.integers(-1, 4)
)
SVG = "{http://www.w3.org/2000/svg}"
# The page in as many pixels to the millimeter as its labels have.
DPI = RESOLUTION * 25.4


@pytest.fixture(scope="module")
def page(photo):
    return makers.paint_by_numbers(quantize(photo, colors=9), title="a flower")


def left_of(page):
    """Say where the picture begins on the page."""
    width = float(ET.fromstring(page.svg()).get("viewBox").split()[2])
    return (width - page.width_mm) / 2


def places(page):
    """Give the pixel that each number stands on."""
    left = left_of(page)
    return [(int((each.y - MARGIN) * RESOLUTION), int((each.x - left) * RESOLUTION)) for each in page.regions]


def check(page):
    """Hold a page against what every page must be."""
    numbered = connected(page.labels)
    sizes = np.bincount(numbered.ravel())[1:]
    # Each area has one number, its own, and all are there.
    at = places(page)
    assert sorted(numbered[place] for place in at) == list(range(1, len(sizes) + 1))
    assert [each.number for each in page.regions] == [page.labels[place] + 1 for place in at]
    assert [each.area for each in page.regions] == [sizes[numbered[place] - 1] for place in at]
    # The number lies within its area.
    for each, (y, x) in zip(page.regions, at, strict=True):
        width = each.font_size * RESOLUTION * DIGIT_WIDTH * len(str(each.number))
        height = each.font_size * RESOLUTION * DIGIT_HEIGHT
        beside, above = int(width / 2), int(height / 2)
        around = numbered[max(y - above, 0) : y + above + 1, max(x - beside, 0) : x + beside + 1]
        assert (around == numbered[y, x]).all()
    # The legend and the areas agree.
    assert [entry.number for entry in page.legend] == list(range(1, len(page.legend) + 1))
    for entry in page.legend:
        assert entry.area == sum(each.area for each in page.regions if each.number == entry.number) > 0
    assert sum(entry.area for entry in page.legend) == (page.labels >= 0).sum() == sizes.sum()
    assert sum(entry.share for entry in page.legend) == pytest.approx(1)


@settings(max_examples=25)
@given(ENTRIES, st.sampled_from([0.0, 5.0, 12.0, 60.0, 1e6]))
def test_every_area_has_its_number_and_none_is_too_small(entries, smallest):
    try:
        page = makers.paint_by_numbers(entries, COLORS, min_region=smallest, paper="a5")
    except SettingsError:
        # A pixel alone on nothing has no majority once its steps are made slopes.
        assert (entries < 0).any()
        return
    check(page)
    assert len(page.regions) == 1 or min(each.area_mm2 for each in page.regions) >= smallest


def test_a_photograph_becomes_areas_that_have_their_numbers(page):
    check(page)
    assert 50 < len(page.regions) < 500
    assert min(each.area_mm2 for each in page.regions) >= makers.MIN_REGION
    sizes = [each.font_size for each in page.regions]
    assert min(sizes) >= SMALLEST_TYPE - 1e-6
    assert max(sizes) == LARGEST_TYPE


def rendered_svg(page):
    """Draw the lines by an independent renderer, at the size of the labels; numbers are left out."""
    drawn = re.sub(r"<text.*?</text>", "", page.svg())
    pixels = Image.open(io.BytesIO(bytes(resvg_py.svg_to_bytes(svg_string=drawn, dpi=DPI))))
    return cropped(np.asarray(pixels.convert("L")), page)


def cropped(pixels, page):
    top, left = round(MARGIN * RESOLUTION), round(left_of(page) * RESOLUTION)
    height, width = page.labels.shape
    return pixels[top : top + height, left : left + width]


def assert_lines_part_the_regions(lines, page):
    """Hold drawn lines against the labels, but for 3 pixels, half a millimeter, beside borders."""
    numbered = connected(page.labels)
    inside = (depths(numbered) > 3) & (numbered > 0)
    free = (lines > 250).astype(np.uint8)
    assert free[inside].all()
    spaces = cv2.connectedComponents(free, connectivity=4)[1]
    pairs = np.unique(np.stack([spaces[inside], numbered[inside]]), axis=1)
    assert len(np.unique(pairs[0])) == len(pairs.T)  # no space between lines belongs to two areas
    assert len(np.unique(pairs[1])) == len(page.regions)


@settings(max_examples=8)
@given(ENTRIES)
def test_the_drawn_lines_part_the_areas(entries):
    try:
        page = makers.paint_by_numbers(entries, COLORS, paper="a5")
    except SettingsError:
        # Little that stands alone on nothing is no picture to paint.
        assume(False)
    assert_lines_part_the_regions(rendered_svg(page), page)


def test_the_lines_of_a_photograph_part_its_areas_in_svg_and_pdf(page):
    assert_lines_part_the_regions(rendered_svg(page), page)
    sheet = pypdfium2.PdfDocument(page.pdf())[0]
    for text in list(sheet.get_objects([pypdfium2.raw.FPDF_PAGEOBJ_TEXT])):
        sheet.remove_obj(text)
    sheet.gen_content()
    pixels = sheet.render(scale=DPI / 72, grayscale=True).to_numpy().squeeze()
    assert_lines_part_the_regions(cropped(pixels, page), page)


def test_the_svg_says_what_it_is_and_has_all_numbers(page):
    root = ET.fromstring(page.svg())
    assert root.get("viewBox") == "0 0 297 210"
    assert root.get("width") == "297mm"
    assert root.find(f"{SVG}title").text == "a flower: paint by numbers"
    assert str(len(page.regions)) in root.find(f"{SVG}desc").text
    written = [text.text for text in root.iter(f"{SVG}text")]
    for each in page.legend:
        wanted = sum(region.number == each.number for region in page.regions) + 1
        assert written.count(str(each.number)) == wanted
        assert each.hex in written


def test_a_pdf_reader_finds_the_numbers_and_the_legend(page):
    reader = pypdf.PdfReader(io.BytesIO(page.pdf()))
    assert len(reader.pages) == 1
    assert [float(side) for side in reader.pages[0].mediabox[2:]] == pytest.approx([841.89, 595.28], abs=0.01)
    assert reader.metadata.title == "a flower: paint by numbers"
    words = reader.pages[0].extract_text().split()
    assert all(each.hex in words for each in page.legend)
    assert words.count("8") == sum(region.number == 8 for region in page.regions) + 1


def test_the_same_picture_gives_the_same_bytes(page, photo):
    again = makers.paint_by_numbers(quantize(photo, colors=9), title="a flower")
    assert (again.svg(), again.pdf()) == (page.svg(), page.pdf())


def test_the_finished_painting_has_the_legends_colors(page):
    pixels = page.pixels()
    assert pixels.shape == (*page.labels.shape, 4)
    for entry in page.legend:
        assert (pixels == (*bytes.fromhex(entry.hex[1:]), 255)).all(axis=2).sum() == entry.area


def test_a_long_legend_gets_a_page_of_its_own_and_lies_below_the_picture_in_the_svg():
    grays = np.arange(0, 240, 6, dtype=np.uint8)
    many = Palette.of(np.repeat(grays[:, None], 3, axis=1), names=tuple(f"gray {each}" for each in grays))
    page = makers.paint_by_numbers(np.arange(40).reshape(5, 8), many, paper="a5")
    assert len(page.legend) == 40
    pages = pypdf.PdfReader(io.BytesIO(page.pdf())).pages
    assert len(pages) == 2
    assert "gray 234" in pages[1].extract_text()
    root = ET.fromstring(page.svg())
    height = float(root.get("viewBox").split()[3])
    lowest = max(float(text.get("y")) for text in root.iter(f"{SVG}text"))
    assert 148 < lowest < height


def test_colors_that_no_pixel_has_take_no_room():
    many = Palette.of(np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1))
    few = np.repeat([0, 255], 20).reshape(1, 40).repeat(30, axis=0)
    page = makers.paint_by_numbers(few, many)
    assert page.svg() == makers.paint_by_numbers(few // 255, Palette("black, white")).svg()
    assert len(pypdf.PdfReader(io.BytesIO(page.pdf())).pages) == 1


def test_a_long_title_stays_on_the_paper():
    title = "a very long title of a photograph " * 10
    page = makers.paint_by_numbers(np.zeros((60, 40), int), COLORS, paper="a5", title=title)
    sheet = pypdfium2.PdfDocument(page.pdf())[0]
    lines = sheet.get_textpage().get_text_range()
    assert page.summary in lines
    texts = sheet.get_objects([pypdfium2.raw.FPDF_PAGEOBJ_TEXT])
    assert all(text.get_bounds()[2] < sheet.get_width() for text in texts)
    assert ET.fromstring(page.svg()).find(f"{SVG}title").text.startswith(title)


def test_a_legend_longer_than_a_page_goes_on_on_the_next():
    grays = np.arange(256, dtype=np.uint8)
    many = Palette.of(np.repeat(grays[:, None], 3, axis=1), names=tuple(f"gray {each}" for each in grays))
    page = makers.paint_by_numbers(np.arange(256).reshape(16, 16), many, paper="a5", min_region=0)
    # What lies on the paper, by a reader that is not ours.
    document = pypdfium2.PdfDocument(page.pdf())
    words = " ".join(sheet.get_textpage().get_text_bounded() for sheet in document).split()
    assert len(document) == 8  # 256 in two columns of 21
    assert {entry.hex for entry in page.legend} == {word for word in words if word.startswith("#")}
    assert len(page.legend) == 256


@pytest.mark.parametrize(("shape", "box"), [((40, 60), "0 0 279.4 215.9"), ((60, 40), "0 0 215.9 279.4")])
def test_the_paper_lies_as_the_picture_does(shape, box):
    page = makers.paint_by_numbers(np.zeros(shape, int), COLORS, paper="letter")
    assert ET.fromstring(page.svg()).get("viewBox") == box


def test_names_of_a_catalog_stand_in_the_legend_and_cannot_break_the_files():
    names = ("<b>&\x1b", "雪\xa0\ud800", 30 * "long ", "", "lake")
    catalog = Palette.of(COLORS.rgb, names=names, codes=("001", "002", "003", "004", "005"))
    page = makers.paint_by_numbers(
        np.arange(5).repeat(30).reshape(1, -1).repeat(90, axis=0), catalog, title="</svg>"
    )
    assert tuple(entry.name for entry in page.legend) == names
    assert page.legend[3].code == "004"
    written = " ".join(text.text for text in ET.fromstring(page.svg()).iter(f"{SVG}text"))
    assert "001 <b>&" in written
    assert "002 雪\xa0" in written
    assert 30 * "long " not in written
    assert "#143cc8" in pypdf.PdfReader(io.BytesIO(page.pdf())).pages[0].extract_text()


@pytest.mark.parametrize(
    ("text", "fitting"),
    [
        ("1234567890", "1234567890"),
        ("12345678901", "123456789…"),
        ("12345678 01", "12345678…"),
        ("雪雪雪雪雪", "雪雪雪雪雪"),
        ("雪雪雪雪雪雪", "雪雪雪雪…"),
        ("", ""),
    ],
)
def test_a_text_is_cut_where_its_room_ends(text, fitting):
    assert shortened(text, 1.0, 10.5 * TEXT_WIDTH) == fitting


def test_the_example_in_the_documentation_runs(photo_bytes, tmp_path, monkeypatch):
    (tmp_path / "photo.jpg").write_bytes(photo_bytes)
    monkeypatch.chdir(tmp_path)
    text = (Path(__file__).parents[2] / "docs" / "makers.md").read_text()
    exec(re.search(r"```python\n(.*?)```", text, re.DOTALL)[1], {})
    assert {path.name for path in tmp_path.iterdir()} == {"photo.jpg", "page.svg", "pattern.csv"}


def test_what_is_transparent_is_not_painted():
    pixels = np.zeros((60, 60, 4), np.uint8)
    pixels[10:50, 10:50] = (200, 30, 40, 255)
    pixels[20:40, 20:40] = (20, 40, 200, 255)
    page = makers.paint_by_numbers(quantize(pixels))
    assert len(page.regions) == 2
    share = (page.labels >= 0).mean()
    assert share == pytest.approx(4 / 9, abs=0.02)
    assert page.labels[0, 0] == -1
    assert page.pixels()[0, 0, 3] == 0


@pytest.mark.parametrize("opacity", [0, 127])
def test_a_picture_that_shows_nothing_is_refused(opacity):
    pixels = np.full((8, 8, 4), (200, 30, 40, opacity), np.uint8)
    with pytest.raises(SettingsError, match="There is nothing to draw"):
        makers.paint_by_numbers(quantize(pixels))


def test_a_picture_whose_only_speck_is_too_small_is_refused():
    entries = np.full((1000, 1000), -1)
    entries[500, 500] = 0
    with pytest.raises(SettingsError, match="what the picture shows is too small"):
        makers.paint_by_numbers(entries, COLORS)


@pytest.mark.parametrize("kind", [np.uint8, np.uint64, np.int8, np.int64])
def test_entries_may_be_any_kind_of_whole_number(kind):
    halves = np.repeat([0, 1], 40).reshape(1, 80).repeat(60, axis=0).astype(kind)
    page = makers.paint_by_numbers(halves, COLORS)
    assert [entry.hex for entry in page.legend] == ["#000000", "#ffffff"]
    assert page.legend[0].share == pytest.approx(0.5, abs=0.01)


def test_one_color_is_one_area():
    page = makers.paint_by_numbers(quantize(np.full((30, 40, 3), 90, np.uint8)))
    assert page.summary == "1 area to paint with 1 color."


def test_a_picture_of_one_pixel_can_be_painted():
    assert len(makers.paint_by_numbers(np.zeros((1, 1), int), COLORS).regions) == 1


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"picture": np.zeros((4, 4), int), "palette": None}, "needs its palette"),
        ({"picture": np.zeros((4, 4))}, "whole numbers of shape"),
        ({"picture": np.zeros((4, 4, 3), int)}, "whole numbers of shape"),
        ({"picture": np.zeros((0, 4), int)}, "whole numbers of shape"),
        ({"picture": np.full((4, 4), 5)}, "There is an entry 5, but the palette has only 5 colors"),
        ({"paper": "a9"}, "paper must be one of a3, a4"),
        ({"min_region": -1}, "min_region must be a number of square millimeters, not -1"),
        ({"min_region": "small"}, "min_region must be"),
        ({"min_region": float("nan")}, "min_region must be"),
        ({"line_color": "nonsense"}, "is not a color"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(given, sentence):
    with pytest.raises(SettingsError, match=re.escape(sentence)):
        makers.paint_by_numbers(**{"picture": np.zeros((4, 4), int), "palette": COLORS} | given)


def test_a_result_brings_its_own_palette(photo):
    with pytest.raises(SettingsError, match="has its own palette"):
        makers.paint_by_numbers(load(photo).recolor(COLORS), COLORS)


def test_a_pdf_without_reportlab_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "reportlab.pdfgen.canvas", None)
    page = makers.paint_by_numbers(np.zeros((4, 4), int), COLORS)
    with pytest.raises(MissingExtraError, match="pip install reportlab"):
        page.pdf()
