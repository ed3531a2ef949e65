from __future__ import annotations

import csv
import io
import xml.etree.ElementTree as ET
from typing import get_args

import numpy as np
import pypdf
import pytest
from click.testing import CliRunner
from PIL import Image

from colorquant import load, makers
from colorquant.cli import main
from colorquant.cli.paint_by_numbers import paint_by_numbers
from colorquant.cli.pattern import pattern

THREADS = "code,name,color\n310,black,#101010\n712,cream,#f4eedd\n347,brick,#a23b2a\n986,leaf,#3c6e47\n"


@pytest.fixture
def run():
    runner = CliRunner()
    return lambda *args, **options: runner.invoke(main, [str(arg) for arg in args], **options)


@pytest.fixture
def image(tmp_path, photo):
    path = tmp_path / "rose.png"
    Image.fromarray(photo[::4, ::4]).save(path)
    return path


def test_a_page_to_paint_is_what_the_library_draws(run, image, tmp_path):
    done = run(
        "paint-by-numbers", image, "-o", tmp_path / "page.svg", "-o", tmp_path / "page.pdf", "--colors", 6
    )
    assert done.exit_code == 0, done.output
    loaded = load(image)
    page = makers.paint_by_numbers(loaded.recolor(loaded.sweep(colors=6)), title="rose")
    assert (tmp_path / "page.svg").read_text() == page.svg()
    assert (tmp_path / "page.pdf").read_bytes() == page.pdf()
    assert page.summary in done.stderr


def test_size_paper_and_color_of_the_page_can_be_chosen(run, image, tmp_path):
    few = tmp_path / "few.svg"
    given = ["--min-region", "400", "--paper", "letter", "--line-color", "navy", "--colors", "6"]
    assert run("paint-by-numbers", image, "-o", few, *given).exit_code == 0
    assert ET.fromstring(few.read_text()).get("viewBox") == "0 0 279.4 215.9"
    assert 'stroke="#000080"' in few.read_text()


def test_the_defaults_in_the_help_are_those_of_the_library():
    defaults = {option.name: option.default for option in paint_by_numbers.params}
    assert defaults["min_region"] == makers.MIN_REGION
    assert defaults["line_color"] == makers.paint.LINE_COLOR
    kinds = next(option for option in pattern.params if option.name == "kind").help
    assert all(kind in kinds for kind in makers.KINDS)
    assert set(get_args(makers.grids.KindName)) == makers.KINDS.keys()
    assert set(get_args(makers.papers.PaperName)) == makers.PAPERS.keys()
    papers = next(option for option in pattern.params if option.name == "paper").help
    assert all(paper in papers for paper in makers.PAPERS)


def test_threads_that_are_all_to_be_used_are_named(run, image, tmp_path):
    (tmp_path / "threads.csv").write_text(THREADS)
    done = run("pattern", image, "-o", tmp_path / "rose.csv", "--palette", tmp_path / "threads.csv")
    assert done.exit_code == 0, done.output
    rows = list(csv.DictReader(io.StringIO((tmp_path / "rose.csv").read_text())))
    assert "712" in {row["code"] for row in rows}


def test_a_pattern_counts_threads_of_a_catalog(run, image, tmp_path):
    (tmp_path / "threads.csv").write_text(THREADS)
    files = [tmp_path / f"rose.{ending}" for ending in ("svg", "pdf", "csv")]
    outputs = [argument for file in files for argument in ("-o", file)]
    given = ["--catalog", tmp_path / "threads.csv", "--colors", "3", "--cells", "40", "--fabric-count", "16"]
    done = run("pattern", image, *outputs, *given)
    assert done.exit_code == 0, done.output
    assert "16-count" in done.stderr
    ET.fromstring(files[0].read_text())
    assert len(pypdf.PdfReader(files[1]).pages) == 2
    rows = list(csv.DictReader(io.StringIO(files[2].read_text())))
    assert {(row["code"], row["name"]) for row in rows} <= {
        ("310", "black"),
        ("712", "cream"),
        ("347", "brick"),
        ("986", "leaf"),
    }
    assert sum(int(row["count"]) for row in rows) == 40 * 27


def test_a_picture_may_come_through_a_pipe(run, image, tmp_path):
    done = run("pattern", "-", "-o", tmp_path / "rose.csv", "--cells", 20, input=image.read_bytes())
    assert done.exit_code == 0
    assert (tmp_path / "rose.csv").exists()


def test_a_file_that_exists_is_only_replaced_by_force(run, image, tmp_path):
    file = tmp_path / "page.svg"
    file.write_text("mine")
    done = run("paint-by-numbers", image, "-o", file)
    assert done.exit_code == 1
    assert "page.svg exists already. --force replaces it." in done.output
    assert file.read_text() == "mine"
    assert run("paint-by-numbers", image, "-o", file, "--force").exit_code == 0
    assert file.read_text().startswith("<svg")


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (
            ["paint-by-numbers", "-o", "x.png"],
            "x.png does not end like a file that can be written: .svg, .pdf.",
        ),
        (["paint-by-numbers", "-o", "x.svg", "--paper", "b5"], "--paper must be one of"),
        (["paint-by-numbers", "-o", "x.svg", "--min-region", "-3"], "--min-region must be"),
        (["pattern", "-o", "x.svg", "--kind", "wool"], "--kind must be one of"),
        (["pattern", "-o", "x.svg", "--cells", "0"], "--cells must be a whole number from 1 to 500, not 0."),
        (
            ["pattern", "-o", "x.svg", "--kind", "beads", "--fabric-count", "16"],
            "--fabric-count would change nothing",
        ),
    ],
)
def test_wrong_usage_is_a_sentence_with_the_option_and_writes_nothing(
    run, image, monkeypatch, args, sentence
):
    monkeypatch.chdir(image.parent)
    done = run(args[0], image, *args[1:])
    assert (done.exit_code, sentence in done.output) == (2, True), done.output
    assert not list(image.parent.glob("x.*"))


def test_a_missing_or_broken_image_is_a_sentence(run, tmp_path):
    missing = run("pattern", tmp_path / "no.jpg", "-o", tmp_path / "x.svg")
    assert (missing.exit_code, "no.jpg: No such file or directory." in missing.output) == (1, True)
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    assert run("paint-by-numbers", tmp_path / "broken.png", "-o", tmp_path / "x.svg").exit_code == 1


@pytest.mark.parametrize("command", ["paint-by-numbers", "pattern"])
def test_an_image_that_shows_nothing_is_a_sentence_and_writes_nothing(run, tmp_path, command):
    Image.new("RGBA", (9, 9)).save(tmp_path / "clear.png")
    done = run(command, tmp_path / "clear.png", "-o", tmp_path / "x.svg")
    assert (done.exit_code, "There is nothing to draw" in done.output) == (2, True), done.output
    assert not (tmp_path / "x.svg").exists()


def test_an_output_never_replaces_its_image(run, tmp_path):
    odd = tmp_path / "photo.svg"
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(odd, "PNG")
    done = run("pattern", odd, "-o", odd, "--force")
    assert (done.exit_code, "would be replaced" in done.output) == (2, True)
