"""Which files the command takes, writes and leaves alone."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from colorquant.cli import main
from colorquant.cli.atomic_file import write_atomically
from colorquant.cli.console import printable
from colorquant.cli.palette import palette
from colorquant.cli.quantize import quantize


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


def test_a_pipe_gets_the_input_where_the_output_would_be_larger(run, tmp_path):
    Image.new("1", (8, 8)).save(tmp_path / "small.png", optimize=True)
    data = (tmp_path / "small.png").read_bytes()
    assert run("quantize", "-", "-o", "-", "--skip-if-larger", input=data).stdout_bytes == data


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
    assert "There are no images in it." in done.stderr


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


def test_the_table_has_a_row_for_each_image(run, folder):
    done = run("quantize", folder)
    table = done.stderr[done.stderr.index("Image ") :].splitlines()
    assert table[0].split() == ["Image", "Colors", "Score", "Before", "After", "Change"]
    assert [row.split()[0] for row in table[1:4]] == [
        str(folder / name) for name in ("a.png", "b.png", "sub/a.png")
    ]


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
    assert len(run("quantize", "--help").output.splitlines()) <= 40


def test_the_palette_is_shown_with_codes_shares_and_css(run, folder):
    done = run("palette", folder / "a.png", "--colors", 4)
    codes = re.findall(r"(#[0-9a-f]{6}) +\d+\.\d%", done.stdout)
    assert len(codes) == 4
    assert all(f"--color-{number}: {code};" in done.stdout for number, code in enumerate(codes, 1))
    assert "4 colors" in done.stderr


@pytest.mark.parametrize("kind", ["json", "css", "gpl", "ase", "aco", "hex", "png"])
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


def test_an_image_without_a_palette_is_a_sentence(run, tmp_path):
    done = run("palette", tmp_path / "missing.png")
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr == f"Error: {tmp_path}/missing.png: No such file or directory.\n"


def test_a_file_is_there_whole_or_not_at_all(tmp_path):
    (tmp_path / "taken").mkdir()
    with pytest.raises(OSError, match="taken"):
        write_atomically(str(tmp_path / "file" / ".." / "taken"), b"data")
    assert files(tmp_path) == []


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


def test_every_option_is_documented():
    page = (Path(__file__).parents[2] / "docs" / "command.md").read_text()
    options = {name for command in (quantize, palette) for option in command.params for name in option.opts}
    options = {name for name in options if name.startswith("--")}
    assert {name for name in options if name not in page and f"--no-{name[2:]}" not in page} == set()
