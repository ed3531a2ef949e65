from __future__ import annotations

import json
import re
import sys
import time
import zlib
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest

from benchmarks import chart, command, measure, page, photos, png_levels

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def results():
    return json.loads((DOCS / "benchmarks.json").read_text())


def test_the_page_says_what_was_measured(results):
    assert (DOCS / "benchmarks.md").read_text() == page.markdown(results)


def test_the_chart_shows_what_was_measured(results):
    assert (DOCS / "images" / "benchmarks.svg").read_text() == chart.draw(results)


def drawn(results, kind):
    drawing = ElementTree.fromstring(chart.draw(results))
    return [element for element in drawing.iter() if kind in element.get("class", "").split()]


def rectangles(results):
    return list(ElementTree.fromstring(chart.draw(results)).iter("{http://www.w3.org/2000/svg}rect"))


def test_the_chart_shows_quality_first(results):
    assert drawn(results, "title")[0].text.startswith("Squared error")


def test_the_chart_names_each_peer_and_writes_a_number_beside_each_bar(results):
    names = {name.text for name in drawn(results, "name")}
    assert names >= {"colorquant", "colorquant, auto", "libimagequant", "Pillow, kmeans=1", command.IMPORTS}
    assert len(drawn(results, "bar")) == len(drawn(results, "number")) == len(drawn(results, "name")) > 10


def test_longer_bars_stand_for_more():
    panel = chart.Panel("Squared error", "", [("colorquant", 1.0, "1.0"), ("other", 4.0, "4.0")])
    widths = [float(found) for found in re.findall(r'width="([\d.]+)"', "".join(chart.bars_of(panel, 0)))]
    assert widths[1] == pytest.approx(4 * widths[0], abs=0.2)


def test_the_chart_is_readable_on_dark_pages(results):
    assert "prefers-color-scheme:dark" in chart.draw(results)
    # No ground of its own, which would be a white box there.
    assert len(rectangles(results)) == len(drawn(results, "bar"))


def test_calls_are_timed_in_turns_and_the_first_turn_does_not_count():
    order: list[str] = []
    spent = measure.interleaved(
        {"one": lambda: order.append("one"), "two": lambda: order.append("two") or time.sleep(0.01)}, rounds=2
    )
    assert order == ["one", "two"] * 3
    assert spent["two"]["wall"] >= 10


def test_sleeping_takes_time_but_no_processor():
    spent = measure.interleaved({"sleep": lambda: time.sleep(0.2)}, rounds=1)["sleep"]
    assert spent["cpu"] < spent["wall"]


def test_the_processor_time_of_a_child_process_counts():
    busy = "import time\nwhile time.process_time() < 0.3: pass"
    spent = measure.interleaved({"child": lambda: measure.run([sys.executable, "-c", busy])}, rounds=1)
    assert spent["child"]["cpu"] >= 300


def test_the_mean_squared_error_sums_over_the_channels():
    black, other = np.zeros((2, 1, 3), np.uint8), np.array([[[3, 4, 0]], [[0, 0, 0]]], np.uint8)
    assert measure.mean_squared_error(black, other) == 12.5


def test_black_and_white_are_a_hundred_apart():
    black, white = np.zeros((1, 1, 3), np.uint8), np.full((1, 1, 3), 255, np.uint8)
    assert measure.mean_difference(black, white) == pytest.approx(100, abs=1e-3)


def test_photographs_are_sorted_by_size_and_small_ones_enlarged_where_large_ones_are_missing(tmp_path):
    drawn = np.tile(np.arange(256, dtype=np.uint8)[None, :, None], (192, 1, 3))
    cv2.imwrite(str(tmp_path / "small.png"), drawn)
    (tmp_path / "notes.txt").write_text("not a photograph")
    read = photos.read_photos([tmp_path])
    assert list(read.small) == ["small"]
    large = cv2.imdecode(np.frombuffer(read.large["small, enlarged"], np.uint8), cv2.IMREAD_COLOR)
    assert large.shape[0] * large.shape[1] == pytest.approx(9e6, rel=0.01)


def test_a_folder_without_photographs_is_told(tmp_path):
    with pytest.raises(SystemExit, match="There is no JPEG or PNG"):
        photos.read_photos([tmp_path])


def test_each_way_of_writing_a_png_writes_the_same_pixels():
    indices = np.random.default_rng(0).integers(0, 16, (40, 50), np.uint8)
    palette = np.random.default_rng(1).integers(0, 256, (16, 3), np.uint8)
    made = {name: encode() for name, encode in png_levels.ways(indices, palette)}
    for name in ("Pillow", "colorquant"):
        read = cv2.imdecode(np.frombuffer(made.pop(name), np.uint8), cv2.IMREAD_COLOR_RGB)
        np.testing.assert_array_equal(read, palette[indices])
    assert len(made) == 12
    rows = np.insert(indices[:, ::2] << 4 | indices[:, 1::2], 0, 0, axis=1).tobytes()
    assert all(zlib.decompress(stream) == rows for stream in made.values())


def test_pngs_above_sixteen_colors_are_compared_apart():
    pairs = [{"before": 100.0, "now": 80.0}, {"before": 100.0, "now": 101.0}, {"before": 200.0, "now": 180.0}]
    assert page.compared("bytes", pairs, "bytes") == [
        "bytes",
        "100 bytes",
        "101 bytes",
        "0.90",
        "0.80",
        "1.01",
    ]
