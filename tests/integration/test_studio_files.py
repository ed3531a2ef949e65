"""What the studio gives away, read by programs that are not ours, and what it tells the page."""

from __future__ import annotations

import csv
import io
import json
from xml.etree import ElementTree

import numpy as np
import pypdf
import pytest
from PIL import GimpPaletteFile

from colorquant import Palette, load
from colorquant.palettes.formats import FORMATS
from tests.pngs import pixels_of, png
from tests.studio_server import running


@pytest.fixture(scope="module")
def small(photo) -> bytes:
    """Give a photograph of a few thousand pixels as PNG."""
    return png(photo[100:228:2, 200:392:2])


@pytest.fixture(scope="module")
def made(studio, small):
    """Make it in six colors."""
    return studio.make(studio.open(small, "photo.png"), {"colors": 6})


def hexes(pixels) -> set[str]:
    return {"#" + bytes(color).hex() for color in np.unique(pixels.reshape(-1, 3), axis=0)}


@pytest.mark.parametrize("ending", ["png", "webp"])
def test_the_image_has_the_colors_that_the_page_shows(studio, made, ending):
    answer = studio.get(f"results/{made['id']}/image.{ending}")
    assert answer.headers["Content-Type"] == f"image/{ending}"
    assert f'filename="photo.png.quantized.{ending}"' in answer.headers["Content-Disposition"]
    assert hexes(pixels_of(answer.body)) == {color["hex"] for color in made["palette"]}


@pytest.mark.parametrize("ending", FORMATS)
def test_every_palette_file_has_those_colors(studio, made, ending):
    answer = studio.get(f"results/{made['id']}/palette.{ending}")
    expected = [color["hex"] for color in made["palette"]]
    read = {
        "json": lambda data: [color["hex"] for color in json.loads(data)],
        "csv": lambda data: [row["color"] for row in csv.DictReader(io.StringIO(data.decode()))],
        "hex": lambda data: data.decode().split(),
        "gpl": lambda data: gimp_colors(data)[: len(expected)],
        "png": lambda data: [code for code in expected if code in hexes(pixels_of(data))],
    }
    # The others are read by programs of their own in the tests of palette files.
    ours = lambda data: Palette.read(data).hex_colors  # noqa: E731
    assert read.get(ending, ours)(answer.body) == expected


def gimp_colors(data: bytes) -> list[str]:
    flat = GimpPaletteFile.GimpPaletteFile(io.BytesIO(data)).getpalette()[0]
    return ["#" + bytes(flat[place : place + 3]).hex() for place in range(0, len(flat), 3)]


def test_the_report_is_one_page(studio, made):
    answer = studio.get(f"results/{made['id']}/report.html")
    page = answer.body.decode()
    assert page.startswith("<!doctype html>")
    assert made["palette"][0]["hex"] in page


@pytest.mark.parametrize("name", ["paint.svg?min_region=4", "pattern.svg?kind=beads&cells=20"])
def test_drawings_are_xml(studio, made, name):
    root = ElementTree.fromstring(studio.get(f"results/{made['id']}/{name}").body)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"


@pytest.mark.parametrize("name", ["paint.pdf?paper=letter", "pattern.pdf?kind=cross-stitch&cells=30"])
def test_drawings_come_as_pages_to_print(studio, made, name):
    answer = studio.get(f"results/{made['id']}/{name}")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert len(pypdf.PdfReader(io.BytesIO(answer.body)).pages) >= 1


def test_a_patterns_table_counts_every_cell(studio, made):
    answer = studio.get(f"results/{made['id']}/pattern.csv?kind=beads&cells=30")
    rows = list(csv.DictReader(io.StringIO(answer.body.decode())))
    # 96 pixels across and 64 down.
    assert sum(int(row["count"]) for row in rows) == 30 * 20


@pytest.mark.parametrize(
    "name",
    ["paint.svg?paper=wall", "paint.svg?min_region=none", "pattern.svg?cells=0", "pattern.pdf?kind=soap"],
)
def test_a_drawing_that_cannot_be_is_refused_in_a_sentence(studio, made, name):
    answer = studio.get(f"results/{made['id']}/{name}")
    assert answer.status == 400
    assert answer.sentence.endswith(".")


@pytest.mark.parametrize("name", ["image.exe", "palette.doc", "report.pdf", "image", "x.png", ".png"])
def test_a_file_that_there_is_not_is_refused(studio, made, name):
    answer = studio.get(f"results/{made['id']}/{name}")
    assert answer.status == 404
    assert answer.sentence


def test_a_preview_of_the_original_has_its_pixels_where_they_fit(studio, small):
    image = studio.open(small)
    assert np.array_equal(pixels_of(studio.get(f"images/{image}/preview?side=200").body), pixels_of(small))
    assert pixels_of(studio.get(f"images/{image}/preview?side=48").body).shape == (32, 48, 3)


def test_a_preview_of_a_result_has_only_its_colors(studio, made):
    shown = pixels_of(studio.get(f"results/{made['id']}/preview?side=48").body)
    assert shown.shape == (32, 48, 3)
    assert hexes(shown) <= {color["hex"] for color in made["palette"]}


@pytest.mark.parametrize("path", ["images/{image}", "results/{result}"])
def test_a_piece_has_the_true_pixels(studio, small, path):
    image = studio.open(small)
    result = studio.make(image, {"colors": 4})["id"]
    path = path.format(image=image, result=result)
    whole = pixels_of(studio.get(f"{path}/preview?side=500").body)
    piece = pixels_of(studio.get(f"{path}/crop?x=90&y=3&w=20&h=5").body)
    assert np.array_equal(piece, whole[3:8, 90:110])


def test_opacities_are_seen_in_previews_and_pieces(studio):
    made = studio.post("images?sample=emblem").json
    assert made["transparent"]
    for path in ("preview?side=100", "crop?x=0&y=0&w=640&h=640"):
        opacity = pixels_of(studio.get(f"images/{made['id']}/{path}").body)[..., 3]
        assert opacity[0, 0] == 0
        assert opacity.max() == 255


def test_the_samples_are_pictures_worth_a_try(studio):
    for sample in studio.get("about").json["samples"]:
        opened = studio.post(f"images?sample={sample['name']}").json
        assert opened["distinct_colors"] > 200
        assert studio.make(opened["id"], {})["colors"] >= 5


def test_the_curve_has_every_number_from_2_to_64_and_the_chosen_one_is_the_commands(studio, small):
    image = studio.open(small)
    told = studio.post(f"images/{image}/sweep", {"settings": {"criterion": "auto"}}).json
    assert told["numbers"] == list(range(2, 65))
    assert [score["colors"] for score in told["scores"]] == told["numbers"]
    assert told["chosen"] == load(small).sweep().colors
    assert told["palettes"]["chosen"] == load(small).sweep().palette().hex_colors


@pytest.mark.parametrize(
    "told",
    [
        {"max_colors": 14},
        {"color_space": "oklab"},
        {"color_space": "rgb"},
        {"color_space": "rgb", "sample_size": 2000},
    ],
)
def test_what_each_criterion_would_choose_is_what_it_chooses(studio, photo, told):
    # More pixels than a sample has.
    whole = png(photo[::2, ::2])
    image = studio.open(whole)
    choices = studio.post(f"images/{image}/sweep", {"settings": told}).json["choices"]
    # Two of the six criteria heed three kinds of closeness.
    assert len(choices) == 4 + 2 * 3
    for choice in choices:
        asked = {name: choice[name] for name in ("criterion", "quality") if choice[name]}
        chosen = load(whole).sweep(**told, **asked)
        assert (choice["colors"], choice["verdict"]) == (chosen.colors, chosen.verdict), asked


def test_a_number_from_the_slider_has_the_palette_of_the_curve(studio, small):
    image = studio.open(small)
    palettes = studio.post(f"images/{image}/palettes", {"look": {}, "numbers": [3, 7]}).json
    assert [len(palettes["3"]), len(palettes["7"])] == [3, 7]
    made = studio.make(image, {"colors": 7})
    assert {color["hex"] for color in made["palette"]} <= set(palettes["7"])


def test_locked_colors_stay(studio, small):
    made = studio.make(studio.open(small), {"colors": 5, "keep": ["#ff00ff", "#00ff00"]})
    assert {"#ff00ff", "#00ff00"} <= {color["hex"] for color in made["palette"]}


def test_the_slider_goes_from_as_many_as_are_kept_to_as_many_as_the_catalog_has(studio, small):
    image = studio.open(small)
    catalog = studio.post("palettes?name=a.hex", b"red\nwhite\nblack\nblue\nyellow\n").json["id"]
    reds = [f"#{level:02x}0000" for level in range(70)]
    for look, numbers in (
        ({"catalog": catalog}, range(2, 6)),
        ({"keep": reds[:5]}, range(5, 65)),
        ({"keep": reds, "settings": {"max_colors": 80}}, range(70, 71)),
    ):
        answer = studio.post(f"images/{image}/sweep", look)
        assert answer.json["numbers"] == list(numbers)


@pytest.mark.parametrize(("criterion", "space"), [("silhouette", "rgb"), ("auto", "oklab")])
def test_given_colors_are_compared_as_the_criterion_compares_them(studio, small, criterion, space):
    look = {"palette": ["#ff0000", "#336699"], "settings": {"criterion": criterion}}
    made = studio.make(studio.open(small), look)
    assert made["space"] == space
    expected = load(small).recolor(Palette("#ff0000, #336699"), color_space=space)
    assert studio.get(f"results/{made['id']}/image.png").body == expected.to_png()


@pytest.mark.parametrize("colors", [1, 2, 3])
def test_an_image_of_few_colors_is_swept_and_made_in_more(studio, colors):
    levels = np.repeat(np.linspace(0, 255, colors).astype(np.uint8), 4)
    image = studio.open(png(np.broadcast_to(levels[:, None, None], (len(levels), 5, 3))))
    for criterion in ("auto", "silhouette", "davies-bouldin"):
        told = studio.post(f"images/{image}/sweep", {"settings": {"criterion": criterion}})
        assert (told.status, told.json["chosen"]) == (200, colors)
    assert studio.make(image, {"colors": 12})["colors"] == colors


def test_an_image_of_one_color_and_one_that_shows_nothing_are_made(studio):
    red = studio.make(studio.open(png(np.full((5, 5, 3), (200, 0, 0), np.uint8))), {})
    assert [color["hex"] for color in red["palette"]] == ["#c80000"]
    nothing = studio.open(png(np.zeros((5, 5, 4), np.uint8)))
    assert studio.make(nothing, {})["palette"] == []
    assert studio.post(f"images/{nothing}/sweep", {}).status == 200


def test_images_are_listed_in_the_order_of_opening_whichever_is_looked_at(small):
    with running() as studio:
        first = studio.open(small, "first.png")
        studio.open(small, "second.png")
        studio.get(f"images/{first}/preview?side=20")
        assert [opened["name"] for opened in studio.get("images").json] == ["first.png", "second.png"]
