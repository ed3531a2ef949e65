"""Which files the command takes, writes and leaves alone."""

from __future__ import annotations

import json
import os
import re
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

import colorquant
from colorquant import Palette, Settings
from colorquant.cli import main
from colorquant.cli.inputs import printable
from colorquant.cli.outputs import remove_unfinished, write_atomically
from colorquant.cli.palette import palette
from colorquant.cli.quantize import quantize
from colorquant.palettes.formats import FORMATS
from colorquant.palettes.order import ORDERS
from colorquant.palettes.reader import read_swatches
from colorquant.settings import choices_of


@pytest.fixture
def run():
    runner = CliRunner()
    return lambda *args, **options: runner.invoke(main, [str(arg) for arg in args], **options)


@pytest.fixture
def folder(tmp_path):
    """Three small images, one of them in a folder below, and a file that is none."""
    folder = tmp_path / "in"
    for number, name in enumerate(("a.png", "b.png", "sub/a.png")):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(number).integers(0, 256, (20, 20, 3), np.uint8)
        Image.fromarray(pixels).save(path)
    (folder / "notes.txt").write_text("#fff")
    return folder


def files(folder):
    return sorted(path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file())


def test_a_folder_keeps_its_shape(run, folder, tmp_path):
    done = run("quantize", folder, "-d", tmp_path / "out")
    assert done.exit_code == 0
    assert done.stdout == ""
    assert files(tmp_path / "out") == [f"{name}.png.quantized.png" for name in ("a", "b", "sub/a")]
    assert "notes.txt" in done.stderr
    assert "3 of 3 images written." in done.stderr


def test_outputs_and_hidden_files_are_no_inputs_of_the_next_run(run, folder):
    (folder / ".hidden.png").write_bytes(b"")
    assert run("quantize", folder, "--report").exit_code == 0
    before = files(folder)
    assert run("quantize", folder, "--force", "--report").exit_code == 0
    assert files(folder) == before


def test_a_pattern_that_the_shell_left_is_resolved(run, folder, tmp_path):
    assert run("quantize", folder / "[ab].png", "-d", tmp_path / "out").exit_code == 0
    assert files(tmp_path / "out") == ["a.png.quantized.png", "b.png.quantized.png"]


def test_an_image_named_twice_is_done_once(run, folder, tmp_path):
    done = run("quantize", folder / "a.png", folder / "sub" / ".." / "a.png", "-d", tmp_path / "out")
    assert done.exit_code == 0
    assert len(files(tmp_path / "out")) == 1


def test_two_images_that_would_write_the_same_file_are_wrong_usage(run, folder, tmp_path):
    done = run("quantize", folder / "a.png", folder / "sub" / "a.png", "-d", tmp_path / "out")
    assert done.exit_code == 2
    assert "would both write" in done.stderr
    assert not (tmp_path / "out").exists()


def test_nothing_is_overwritten_unless_asked(run, folder):
    target = folder / "a.png.quantized.png"
    target.write_bytes(b"mine")
    done = run("quantize", folder / "a.png")
    assert done.exit_code == 1
    assert target.read_bytes() == b"mine"
    assert "--force replaces it" in done.stderr
    assert run("quantize", folder / "a.png", "--force").exit_code == 0
    assert target.read_bytes() != b"mine"


def test_what_exists_can_be_passed_over(run, folder):
    (folder / "a.png.quantized.png").write_bytes(b"mine")
    done = run("quantize", folder, "--skip-existing")
    assert done.exit_code == 0
    assert (folder / "a.png.quantized.png").read_bytes() == b"mine"
    assert "2 of 3 images written, 1 skipped." in done.stderr


def test_a_file_that_would_be_larger_is_not_written(run, tmp_path):
    path = tmp_path / "small.png"
    Image.new("1", (8, 8)).save(path, optimize=True)
    done = run("quantize", path, "--skip-if-larger")
    assert done.exit_code == 0
    assert "no smaller" in done.stderr
    assert files(tmp_path) == ["small.png"]


def test_a_file_that_is_larger_than_before_is_named(run, tmp_path):
    for name in ("a.png", "b.png"):
        Image.new("1", (8, 8)).save(tmp_path / name, optimize=True)
    # The sRGB chunk alone makes it so.
    assert "larger than before; --skip-if-larger" in run("quantize", tmp_path / "a.png").stderr
    done = run("quantize", tmp_path, "--force")
    assert "2 larger than before; --skip-if-larger would leave them out." in done.stderr
    assert done.stderr.count("% larger") == 2


def test_a_pipe_gets_the_input_where_the_output_would_be_larger(run, tmp_path):
    Image.new("1", (8, 8)).save(tmp_path / "small.png", optimize=True)
    data = (tmp_path / "small.png").read_bytes()
    assert run("quantize", "-", "-o", "-", "--skip-if-larger", input=data).stdout_bytes == data


def test_an_image_is_never_replaced_by_its_output(run, folder):
    data = (folder / "a.png").read_bytes()
    (folder / "link.png").symlink_to("a.png")
    for output in ("a.png", "sub/../a.png", "link.png"):
        done = run("quantize", folder / "a.png", "-o", folder / output, "--force")
        assert done.exit_code == 2
        assert "is an image to read, and would be replaced" in done.stderr
    assert run("palette", folder / "a.png", "-o", folder / "a.png", "--force").exit_code == 2
    assert (folder / "a.png").read_bytes() == data


def test_an_output_is_not_another_of_the_images(run, folder):
    (folder / "a.png").rename(folder / "a.png.quantized.png")
    images = [folder / "sub" / "a.png", folder / "a.png.quantized.png"]
    done = run("quantize", *images, "-d", folder, "--force")
    assert done.exit_code == 2
    assert "is an image to read, and would be replaced" in done.stderr


@pytest.mark.parametrize("name", ["small.jpg", "small.GIF", "small.tiff", "small.pdf"])
def test_a_name_that_promises_another_format_is_refused(run, folder, tmp_path, name):
    done = run("quantize", folder / "a.png", "-o", tmp_path / name)
    assert done.exit_code == 2
    assert "Name it .png or .webp." in done.stderr
    assert not (tmp_path / name).exists()


def test_a_folder_in_place_of_a_file_is_answered_with_the_option(run, folder, tmp_path):
    for name in (tmp_path, f"{tmp_path}/new/"):
        done = run("quantize", folder / "a.png", "-o", name)
        assert done.exit_code == 2
        assert f"Use -d {name}." in done.stderr


@pytest.mark.parametrize("named", ["*.png", "expanded"])
def test_a_pattern_that_is_used_again_leaves_its_own_results_alone(run, folder, named):
    def arguments():
        return [folder / named] if named == "*.png" else sorted(folder.glob("*.png"))

    assert run("quantize", *arguments()).exit_code == 0
    before = files(folder)
    done = run("quantize", *arguments(), "--skip-existing")
    assert done.exit_code == 0
    assert files(folder) == before
    assert "Passed over, made by colorquant: 2 (" in done.stderr


def test_a_result_that_is_named_by_itself_is_an_image(run, folder):
    run("quantize", folder / "a.png")
    assert run("quantize", folder / "a.png.quantized.png").exit_code == 0
    assert (folder / "a.png.quantized.png.quantized.png").exists()


def test_an_image_that_may_not_be_read_does_not_end_the_run(run, folder, monkeypatch):
    monkeypatch.setattr("os.access", lambda path, _: "b.png" not in str(path))
    denied = Path.read_bytes

    def read_bytes(path):
        if path.name == "b.png":
            raise PermissionError(13, "Permission denied", str(path))
        return denied(path)

    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    done = run("quantize", folder / "a.png", folder / "b.png")
    assert done.exit_code == 1
    assert (folder / "a.png.quantized.png").exists()
    assert f"Error: {folder}/b.png: Permission denied." in done.stderr
    assert run("palette", folder / "a.png", folder / "b.png").exit_code == 1


def test_an_output_that_cannot_be_written_is_called_by_its_own_name(run, folder, monkeypatch):
    def denied(path, data):
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "write_bytes", denied)
    done = run("quantize", folder / "a.png")
    assert done.exit_code == 1
    assert f"{folder}/a.png.quantized.png: Permission denied." in done.stderr
    assert ".part" not in done.stderr


def test_an_address_is_not_a_file(run):
    done = run("quantize", "https://example.com/a.jpg")
    assert done.stderr == "Error: https://example.com/a.jpg: No such file or directory.\n"


def test_a_second_run_keeps_the_cards_of_the_first(run, folder):
    def cards():
        page = (folder / "colorquant.index.html").read_text()
        return re.findall(r'<small class="numbers">(.*?)</small>', page)

    run("quantize", folder, "--report", "--colors", 5)
    first = cards()
    assert all(re.match(r"5 colors, 1\.\d kB → \d+ bytes$", card) for card in first), first
    assert len(first) == 3
    assert run("quantize", folder, "--report", "--skip-existing").exit_code == 0
    assert cards() == first
    assert run("quantize", folder, "--report").exit_code == 1
    assert cards() == first


def test_a_report_that_is_missing_is_written_and_the_image_left_alone(run, folder):
    (folder / "a.png.quantized.png").write_bytes(b"mine")
    done = run("quantize", folder / "a.png", "--report", "--skip-existing")
    assert done.exit_code == 0
    assert (folder / "a.png.report.html").exists()
    assert (folder / "a.png.quantized.png").read_bytes() == b"mine"


def test_a_device_is_written_to_and_not_replaced(run, folder):
    assert run("quantize", folder / "a.png", "-o", os.devnull).exit_code == 0
    assert not Path(os.devnull).is_file()


def test_a_fixed_number_of_colors(run, folder, tmp_path):
    run("quantize", folder / "a.png", "--colors", 5, "-o", tmp_path / "five.png")
    with Image.open(tmp_path / "five.png") as image:
        assert len(image.getcolors()) == 5


@pytest.mark.parametrize(
    "args",
    [
        ["--colors", "5", "--min-colors", "3"],
        ["--jobs", "0"],
        ["-o", "one.png", "-d", "out"],
        ["--palette", "#fff", "--keep", "#000"],
        ["--palette", "missing.gpl"],
        ["--dither", "atkinson"],
        ["-o", "-", "--report"],
        ["--force", "--skip-existing"],
        ["--equally"],
        ["--shared", "--palette", "#fff"],
        ["--catalog", "missing.csv"],
        ["--catalog", __file__, "--keep", "#fff"],
    ],
)
def test_what_contradicts_itself_is_wrong_usage(run, folder, args):
    before = files(folder)
    assert run("quantize", folder / "a.png", *args).exit_code == 2
    assert files(folder) == before


def test_several_images_have_no_single_output(run, folder):
    assert run("quantize", folder, "-o", "one.png").exit_code == 2


def test_a_folder_without_images_is_a_failure(run, tmp_path):
    done = run("quantize", tmp_path)
    assert done.exit_code == 1
    assert done.stderr == f"Error: There are no images in {tmp_path}.\n"


def test_json_of_several_images_is_a_line_each(run, folder):
    (folder / "b.png").write_bytes(b"broken")
    done = run("quantize", folder, "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(Path(row["input"]).name, row["status"]) for row in rows] == [
        ("a.png", "written"),
        ("b.png", "failed"),
        ("a.png", "written"),
    ]
    assert rows[0]["colors"] == len(rows[0]["palette"])
    assert rows[1]["reason"] == "unsupported"


def test_quiet_says_nothing_but_errors(run, folder):
    (folder / "b.png").write_bytes(b"broken")
    done = run("quantize", folder, "--quiet")
    assert done.exit_code == 1
    assert done.stderr.startswith("Error: ")
    assert done.stderr.count("\n") == 1


def test_verbose_tells_the_verdict_and_the_times(run, folder):
    done = run("quantize", folder / "a.png", "-v")
    assert re.search(r"recolor \d+ ms", done.stderr)
    sizes = rf"{re.escape(str(folder))}/a\.png\.quantized\.png: 1\.\d kB → \d+ bytes\."
    assert re.search(sizes, done.stderr)
    assert done.stderr.count(" colors") == 1


def shown(path):
    with Image.open(path) as image:
        return {color for _, color in image.convert("RGB").getcolors()}


def test_images_share_a_palette_and_a_broken_one_is_told_in_its_turn(run, folder):
    (folder / "b.png").write_bytes(b"broken")
    done = run("quantize", folder, "--shared", "--colors", 6)
    assert done.exit_code == 1
    one, other = (shown(folder / f"{name}.png.quantized.png") for name in ("a", "sub/a"))
    assert len(one | other) <= 6
    assert "One palette for 2 images: 6 colors" in done.stderr
    assert done.stderr.count("Error: ") == 1


def test_the_index_shows_a_palette_that_is_shared(run, folder):
    run("quantize", folder, "--report", "--shared", "--colors", 4)
    page = (folder / "colorquant.index.html").read_text()
    swatches = re.findall(r'<span style="background:(#[0-9a-f]{6})"></span>', page)
    assert len(swatches) == 4
    assert shown(folder / "a.png.quantized.png") <= {tuple(bytes.fromhex(code[1:])) for code in swatches}
    run("quantize", folder, "--report", "--force", "--colors", 4)
    assert "One palette for all" not in (folder / "colorquant.index.html").read_text()


def test_a_shared_palette_is_explained_without_writing(run, folder):
    before = files(folder)
    done = run("quantize", folder, "--shared", "--explain", "--max-colors", 10)
    assert done.stdout.startswith("3 images: ")
    assert done.stdout.count("<- chosen") == 1
    assert files(folder) == before


def test_an_explanation_of_a_shared_palette_tells_which_images_cannot_be_read(run, folder):
    (folder / "b.png").write_bytes(b"broken")
    done = run("quantize", folder, "--shared", "--explain", "--max-colors", 10)
    assert done.exit_code == 1
    assert done.stdout.startswith("2 images: ")
    assert f"Error: {folder}/b.png: " in done.stderr
    for name in ("a.png", "sub/a.png"):
        (folder / name).write_bytes(b"broken")
    for more in ([], ["--explain"]):
        done = run("quantize", folder, "--shared", *more)
        assert (done.exit_code, done.stdout, done.stderr.count("Error: ")) == (1, "", 3)
        assert "no visible pixel" not in done.stderr


def test_small_images_can_count_like_large_ones(run, tmp_path):
    ramp = np.arange(240, dtype=np.uint8).reshape(-1, 1, 1).repeat(60, axis=1)
    for name, pixels, channel in (("large", ramp, 0), ("small", ramp[:, :1], 2)):
        picture = np.zeros((*pixels.shape[:2], 3), np.uint8)
        picture[..., channel] = pixels[..., 0]
        Image.fromarray(picture).save(tmp_path / f"{name}.png")
    blues = {}
    for flag in ([], ["--equally"]):
        run("quantize", tmp_path, "--shared", "--colors", 12, "--force", *flag)
        blues[bool(flag)] = len(shown(tmp_path / "small.png.quantized.png"))
    assert blues[True] > blues[False]


def test_colors_are_chosen_from_a_catalog_and_named(run, folder, tmp_path):
    rows = "".join(f"{number},Thread {number},#{number * 65793:06x}\n" for number in range(0, 256, 16))
    (tmp_path / "threads.csv").write_text(f"code,name,color\n{rows}")
    done = run("quantize", folder / "a.png", "--catalog", tmp_path / "threads.csv", "--colors", 5, "--json")
    palette = json.loads(done.stdout)["palette"]
    assert len(palette) == 5
    for color in palette:
        number = int(color["hex"][1:3], 16)
        assert (color["code"], color["name"]) == (f"{number}", f"Thread {number}")


def test_a_palette_of_catalog_colors_is_a_catalog_itself(run, folder, tmp_path):
    rows = "".join(f"{number},Thread {number},#{number * 65793:06x},red\n" for number in range(0, 256, 16))
    (tmp_path / "threads.csv").write_text(f"code,name,color,written\n{rows}")
    args = ["--catalog", tmp_path / "threads.csv", "--colors", 5, "--format", "csv"]
    written = run("palette", folder / "a.png", *args).stdout_bytes
    threads = {swatch.hex: swatch for swatch in read_swatches((tmp_path / "threads.csv").read_bytes())}
    swatches = read_swatches(written)
    assert len(swatches) == 5
    assert swatches == [threads[swatch.hex] for swatch in swatches]


INKS = "code,name,color,written\n1,soot,#30302f,black\n2,paper,#e8e8e0,white\n3,rust,#a02020,red\n"


@pytest.mark.parametrize("report", [[], ["--report"]])
def test_what_a_palette_says_to_write_is_written_and_its_names_are_told(run, folder, tmp_path, report):
    (tmp_path / "inks.csv").write_text(INKS)
    args = ["--palette", tmp_path / "inks.csv", "--dither", "ordered", "-o", tmp_path / "out.png", *report]
    done = run("quantize", folder / "a.png", *args, "--json")
    assert shown(tmp_path / "out.png") == {(0, 0, 0), (255, 255, 255), (255, 0, 0)}
    told = {color["name"]: (color["code"], color["written"]) for color in json.loads(done.stdout)["palette"]}
    assert told == {"soot": ("1", "#000000"), "paper": ("2", "#ffffff"), "rust": ("3", "#ff0000")}
    again = run(
        "palette", folder / "a.png", "--palette", tmp_path / "inks.csv", "--format", "csv"
    ).stdout_bytes
    assert {swatch.written for swatch in read_swatches(again)} <= {"#000000", "#ffffff", "#ff0000"}


def test_json_says_where_the_output_is_and_how_large(run, folder, tmp_path):
    done = run("quantize", folder / "a.png", "-o", tmp_path / "out.png", "--json")
    told = json.loads(done.stdout)
    assert told["output"] == str(tmp_path / "out.png")
    assert told["encoded"]["bytes"] == (tmp_path / "out.png").stat().st_size


def test_what_a_catalog_says_to_write_is_written(run, folder, tmp_path):
    (tmp_path / "inks.csv").write_text("color,written\n#30302f,black\n#e8e8e0,white\n#a02020,red\n")
    run("quantize", folder / "a.png", "--catalog", tmp_path / "inks.csv", "-o", tmp_path / "out.png")
    assert shown(tmp_path / "out.png") <= {(0, 0, 0), (255, 255, 255), (255, 0, 0)}


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (MemoryError(), "There is not enough memory for this image."),
        (KeyError("x"), "This should not happen (KeyError: 'x'). -v shows where it did."),
    ],
)
def test_even_what_should_not_happen_is_a_sentence(run, folder, monkeypatch, error, sentence):
    def broken(*_, **__):
        raise error

    monkeypatch.setattr("colorquant.load", broken)
    done = run("quantize", folder / "a.png")
    assert (done.exit_code, done.stderr) == (1, f"Error: {folder}/a.png: {sentence}\n")


def test_verbose_shows_where_what_should_not_happen_came_from(run, folder, monkeypatch):
    monkeypatch.setattr("colorquant.load", lambda *_, **__: {}["x"])
    assert "Traceback" in run("quantize", folder / "a.png", "-v").stderr


def test_a_single_image_is_told_with_its_sizes(run, folder):
    done = run("quantize", folder / "a.png", "--colors", 2)
    output = folder / "a.png.quantized.png"
    before, after = (path.stat().st_size for path in (folder / "a.png", output))
    assert done.stderr.startswith(f"{output}: ")
    assert done.stderr.endswith(f" {before / 1000:.1f} kB → {after} bytes.\n")
    done = run("quantize", folder / "a.png", "--skip-existing")
    assert done.stderr == f"{folder}/a.png: nothing written. {output} exists already.\n"


def test_the_table_has_a_row_for_each_image(run, folder):
    done = run("quantize", folder)
    table = done.stderr[done.stderr.index("Image ") :].splitlines()
    assert table[0].split() == ["Image", "Colors", "Score", "Before", "After", "Change"]
    images = [folder / name for name in ("a.png", "b.png", "sub/a.png")]
    assert [row.split()[0] for row in table[1:4]] == [str(image) for image in images]
    for image, row in zip(images, table[1:4], strict=True):
        change = Path(f"{image}.quantized.png").stat().st_size / image.stat().st_size - 1
        assert row.split()[-1] == f"{change:+.0%}"


def test_a_palette_file_is_followed(run, folder, tmp_path):
    (tmp_path / "inks.gpl").write_text("GIMP Palette\n#\n228 0 43\tRed\n255 255 255\tPaper\n")
    run("quantize", folder / "a.png", "--palette", tmp_path / "inks.gpl", "-o", tmp_path / "out.png")
    with Image.open(tmp_path / "out.png") as image:
        shown = {color for _, color in image.convert("RGB").getcolors()}
    assert shown == {(228, 0, 43), (255, 255, 255)}


def test_a_long_list_of_colors_is_not_taken_for_a_file(run, folder, tmp_path):
    colors = ",".join(f"#{n:06x}" for n in range(255))
    assert run("quantize", folder / "a.png", "--palette", colors).exit_code == 0


def test_help_fits_a_screen(run):
    assert len(run("quantize", "--help").output.splitlines()) <= 50


def test_the_palette_is_shown_with_codes_shares_and_css(run, folder):
    done = run("palette", folder / "a.png", "--colors", 4)
    codes = re.findall(r"(#[0-9a-f]{6}) +\d+\.\d%", done.stdout)
    assert len(codes) == 4
    assert all(f"--color-{number}: {code};" in done.stdout for number, code in enumerate(codes, 1))
    assert "4 colors" in done.stderr


@pytest.mark.parametrize(("environment", "painted"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_swatches_are_painted_on_terminals_that_want_it(run, folder, monkeypatch, environment, painted):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: True, raising=False)
    done = run("palette", folder / "a.png", "--colors", 4, env=environment)
    assert ("\x1b[48;2;" in done.stdout) == painted
    assert "\x1b" not in run("palette", folder / "a.png", "--colors", 4, "--format", "css").stdout


@pytest.mark.parametrize("kind", FORMATS)
def test_a_palette_file_is_named_like_its_format_or_goes_to_a_pipe(run, folder, tmp_path, kind):
    piped = run("palette", folder / "a.png", "--format", kind)
    assert run("palette", folder / "a.png", "-o", tmp_path / f"p.{kind}").exit_code == 0
    assert (tmp_path / f"p.{kind}").read_bytes() == piped.stdout_bytes != b""


def test_a_palette_file_is_not_overwritten_unless_asked(run, folder, tmp_path):
    (tmp_path / "p.gpl").write_text("mine")
    assert run("palette", folder / "a.png", "-o", tmp_path / "p.gpl").exit_code == 1
    assert (tmp_path / "p.gpl").read_text() == "mine"
    assert run("palette", folder / "a.png", "-o", tmp_path / "p.gpl", "--force").exit_code == 0


def test_a_palette_file_of_no_known_ending_is_wrong_usage(run, folder):
    assert run("palette", folder / "a.png", "-o", "colors.xyz").exit_code == 2


def test_a_palette_format_against_the_ending_of_the_file_is_wrong_usage(run, folder, tmp_path):
    done = run("palette", folder / "a.png", "--format", "css", "-o", tmp_path / "p.gpl")
    assert (done.exit_code, files(tmp_path / "p.gpl")) == (2, [])
    assert "disagree" in done.stderr
    assert run("palette", folder / "a.png", "--format", "css", "-o", tmp_path / "p.less").exit_code == 0


def test_palettes_of_several_images_are_shown_one_after_the_other(run, folder):
    done = run("palette", folder, "--colors", 3)
    assert done.exit_code == 0
    assert re.findall(r"^(.*):$", done.stdout, re.MULTILINE) == [
        str(folder / name) for name in ("a.png", "b.png", "sub/a.png")
    ]
    assert done.stdout.count(":root {") == 3


def test_palettes_of_a_folder_keep_its_shape(run, folder, tmp_path):
    (folder / "b.png").write_bytes(b"broken")
    done = run("palette", folder, "--format", "gpl", "-d", tmp_path / "out", "--colors", 3)
    assert done.exit_code == 1
    assert files(tmp_path / "out") == ["a.png.palette.gpl", "sub/a.png.palette.gpl"]
    assert done.stderr.count("Error: ") == 1


@pytest.mark.parametrize("args", [["-o", "p.gpl"], ["--format", "gpl"], ["-d", "out"]])
def test_several_palettes_need_a_format_and_a_folder(run, folder, args):
    assert run("palette", folder, *args).exit_code == 2


def test_a_palette_is_found_without_recoloring_anything(run, folder, monkeypatch):
    expected = colorquant.quantize(folder / "a.png", colors=6).to_dict()["palette"]
    monkeypatch.setattr(colorquant.Image, "recolor", None)
    written = run("palette", folder / "a.png", "--colors", 6, "--format", "json").stdout
    assert json.loads(written) == expected


@pytest.mark.parametrize("by", ORDERS)
def test_a_palette_is_sorted_in_the_terminal_and_in_files(run, folder, tmp_path, by):
    shown = run("palette", folder / "a.png", "--colors", 6, "--sort", by).stdout
    run("palette", folder / "a.png", "--colors", 6, "--sort", by, "-o", tmp_path / "p.json")
    colors = json.loads((tmp_path / "p.json").read_text())
    rgb = np.array([list(bytes.fromhex(color["hex"][1:])) for color in colors], np.uint8)
    counts = np.array([color["count"] for color in colors])
    assert Palette.of(rgb, counts=counts).sorted(by).hex_colors == [color["hex"] for color in colors]
    assert re.findall(r"(#[0-9a-f]{6}) +\d+\.\d%", shown) == [color["hex"] for color in colors]


def test_an_image_without_a_palette_is_a_sentence(run, tmp_path):
    done = run("palette", tmp_path / "missing.png")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == f"Error: {tmp_path}/missing.png: No such file or directory.\n"


def test_a_file_is_there_whole_or_not_at_all(tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        write_atomically(str(tmp_path / "file" / ".." / "taken"), b"data")
    assert files(tmp_path) == []


def test_a_process_that_ends_in_the_middle_leaves_no_half_file(tmp_path, monkeypatch):
    def ended(path, data):
        Path.write_text(path, "half")
        remove_unfinished()
        assert files(tmp_path) == []
        path.write_text(data.decode())

    monkeypatch.setattr(Path, "write_bytes", ended)
    write_atomically(str(tmp_path / "file"), b"whole")
    assert files(tmp_path) == ["file"]


def test_a_file_that_is_written_is_as_readable_as_any_other(tmp_path):
    (tmp_path / "plain").write_bytes(b"")
    write_atomically(str(tmp_path / "atomic"), b"data")
    assert (tmp_path / "atomic").stat().st_mode == (tmp_path / "plain").stat().st_mode


def test_a_link_is_followed(tmp_path):
    (tmp_path / "link").symlink_to(tmp_path / "target")
    write_atomically(str(tmp_path / "link"), b"data")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"data"


def test_a_file_name_cannot_command_the_terminal():
    assert printable("a\x1b]0;b\x07\udcff.png") == "a?]0;b??.png"


def test_every_setting_has_an_option():
    options = {option.name for option in quantize.params}
    assert {field.name for field in fields(Settings)} - options == set()


def test_every_name_to_choose_from_is_documented():
    root = Path(__file__).parents[2] / "docs"
    pages = (root / "command.md").read_text() + (root / "number-of-colors.md").read_text()
    names = {name for field in fields(Settings) for name in choices_of(field.name)}
    assert {name for name in names if name not in pages} == set()


def test_every_option_is_documented():
    page = (Path(__file__).parents[2] / "docs" / "command.md").read_text()
    options = {name for command in (quantize, palette) for option in command.params for name in option.opts}
    options = {name for name in options if name.startswith("--")}
    assert {name for name in options if name not in page and f"--no-{name[2:]}" not in page} == set()


def test_the_pages_of_an_earlier_run_are_not_taken_for_anything_new(run, folder):
    run("quantize", folder, "--report")
    assert (folder / "colorquant.index.html").is_file()
    assert "Passed over, not named like an image: 1 (" in run("quantize", folder, "--force").stderr
