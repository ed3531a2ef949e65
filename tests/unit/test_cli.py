from __future__ import annotations

import io
import json

import click.testing
import pytest
from click.testing import CliRunner
from PIL import Image

from colorquant.cli import main
from colorquant.settings import COLOR_SPACES, CRITERIA, DITHERS, ENGINES, OUTPUT_FORMATS, QUALITIES


@pytest.fixture
def run():
    runner = CliRunner()
    return lambda *args, **options: runner.invoke(main, [str(arg) for arg in args], **options)


@pytest.fixture
def image(tmp_path, photo_bytes):
    path = tmp_path / "photo.jpg"
    path.write_bytes(photo_bytes)
    return path


def test_the_png_is_written_beside_the_image(run, image):
    done = run("quantize", image)
    assert done.exit_code == 0
    with Image.open(f"{image}.quantized.png") as written:
        assert written.mode == "P"


def test_the_output_can_be_named(run, image, tmp_path):
    run("quantize", image, "-o", tmp_path / "out.png")
    with Image.open(tmp_path / "out.png") as written:
        assert written.size == (640, 427)


def test_an_image_can_pass_through_pipes(run, photo_bytes):
    done = run("quantize", "-", "-o", "-", input=photo_bytes)
    assert done.exit_code == 0
    assert Image.open(io.BytesIO(done.stdout_bytes)).mode == "P"


def test_json_describes_the_result(run, image):
    described = json.loads(run("quantize", image, "--json", "--max-colors", 9).stdout)
    assert described["colors"] in {8, 9}


def test_variables_of_other_programs_change_nothing(run, image):
    others = {"SEED": "abc", "KEEP": "1", "PALETTE": "dark", "REPORT": "weekly.pdf", "QUALITY": "80"}
    assert run("quantize", image, "--explain", "--max-colors", 9, env=others).exit_code == 0


@pytest.mark.parametrize(
    ("environment", "args", "sentence"),
    [
        ({"COLORQUANT_SEED": "abc"}, [], "COLORQUANT_SEED must be a whole number, not 'abc'."),
        ({"COLORQUANT_KEEP": "1"}, [], "COLORQUANT_KEEP: '1' is not a color."),
        (
            {"COLORQUANT_MAX_COLORS": "1"},
            [],
            "COLORQUANT_MAX_COLORS must be a whole number from 2 to 256, not 1.",
        ),
        (
            {"COLORQUANT_MAX_COLORS": "9"},
            ["--min-colors", "10"],
            "--min-colors must be at most COLORQUANT_MAX_COLORS; 10 is more than 9.",
        ),
        ({}, ["--max-colors", "300"], "--max-colors must be a whole number from 2 to 256, not 300."),
        ({}, ["--colors", "0"], "--colors must be a whole number from 2 to 256, not 0."),
        ({}, ["--colors", "many"], "--colors must be a whole number, not 'many'."),
        ({}, ["--dither", "floyd"], "--dither must be one of none, "),
        ({}, ["--sample", "1"], "--sample must be a whole number from 2 up or 'all', not 1."),
        ({}, ["--format", "gif"], "--format must be one of png, webp, not 'gif'."),
        ({}, ["--palette", "reed"], "--palette: 'reed' is not a color."),
        ({}, ["--keep", "nothere.gpl"], "--keep: There is no file nothere.gpl."),
        ({}, ["--palette", "folder/inks"], "--palette: There is no file folder/inks."),
        (
            {},
            ["--palette", "red", "--keep", "blue"],
            "--palette fixes every color, so --keep would change nothing.",
        ),
    ],
)
def test_what_is_wrong_is_named_as_it_was_written(run, image, environment, args, sentence):
    done = run("quantize", image, *args, env=environment)
    assert done.exit_code == 2
    assert f"Error: {sentence}" in done.stderr


@pytest.mark.parametrize(
    "args",
    [
        ["--palette", "red", "--colors", "12"],
        ["--palette", "red", "--max-colors", "12"],
        ["--palette", "red", "--criterion", "auto"],
        ["--palette", "red", "--quality", "low"],
        ["--palette", "red", "--sample", "all"],
        ["--palette", "red", "--no-refine"],
        ["--catalog", __file__, "--no-refine"],
        ["--colors", "12", "--quality", "low"],
        ["--criterion", "silhouette", "--quality", "low"],
        ["--dither-strength", "0.5"],
    ],
)
def test_an_option_that_would_change_nothing_is_refused(run, image, args):
    done = run("quantize", image, *args)
    assert done.exit_code == 2
    assert "would change nothing, since" in done.stderr


def test_one_bound_is_enough_and_256_is_the_most(run, image):
    described = json.loads(run("quantize", image, "--json", "--max-colors", 4).stdout)
    assert described["colors"] <= 4
    described = json.loads(run("quantize", image, "--json", "--colors", 256, "--force").stdout)
    assert described["colors"] == 256


def test_colors_have_names(run, image):
    described = json.loads(run("quantize", image, "--json", "--keep", "red,white", "--colors", 8).stdout)
    assert {"#ff0000", "#ffffff"} <= {color["hex"] for color in described["palette"]}


def test_keep_takes_a_file_as_palette_does(run, image, tmp_path):
    (tmp_path / "brand.csv").write_text("code,color\n1,#e4002b\n")
    done = run("quantize", image, "--json", "--keep", tmp_path / "brand.csv", "--colors", 8)
    assert "#e4002b" in {color["hex"] for color in json.loads(done.stdout)["palette"]}


def test_a_file_in_place_of_a_command_is_answered_with_the_command(run, image):
    done = run(image)
    assert done.exit_code == 2
    assert f"Did you mean 'colorquant quantize {image}'?" in done.stderr
    assert "Did you mean 'colorquant quantize'?" in run("quantise", image).stderr


def test_the_help_names_what_can_be_chosen(run):
    text = " ".join(run("quantize", "--help").output.split()).replace("- ", "-")
    for name in (*CRITERIA, *COLOR_SPACES, *DITHERS, *ENGINES, *OUTPUT_FORMATS, *QUALITIES):
        assert name in text


@pytest.mark.parametrize("args", [["quantize", "-o", "-"], ["palette", "--format", "ase"]])
def test_nothing_binary_is_written_to_a_terminal(run, image, args, monkeypatch):
    monkeypatch.setattr(click.testing._NamedTextIOWrapper, "isatty", lambda _: True, raising=False)
    done = run(*args, image)
    assert (done.exit_code, done.stdout_bytes) == (2, b"")
    assert "-o" in done.stderr


def test_an_option_wins_over_the_environment(run, image):
    done = run("quantize", image, "--json", "--max-colors", 9, env={"COLORQUANT_MAX_COLORS": "20"})
    assert [row["colors"] for row in json.loads(done.stdout)["sweep"]] == [8, 9]


@pytest.mark.parametrize("content", [b"", b"just text", b"\xff\xd8\xff\xe0 cut"])
def test_a_bad_image_is_one_sentence_and_exit_code_one(run, image, content):
    image.write_bytes(content)
    done = run("quantize", image)
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert str(image) in done.stderr


def test_a_missing_image_is_one_sentence_and_exit_code_one(run, tmp_path):
    done = run("quantize", tmp_path / "missing.jpg")
    assert done.exit_code == 1
    assert done.stderr == f"Error: {tmp_path}/missing.jpg: No such file or directory.\n"


@pytest.mark.parametrize(
    "args",
    [
        ["--criterion", "elbow"],
        ["--sample", "some"],
        ["--min-colors", "1"],
        ["--min-colors", "9", "--max-colors", "8"],
    ],
)
def test_wrong_usage_is_exit_code_two(run, image, args):
    assert run("quantize", image, *args).exit_code == 2


def test_all_pixels_can_be_asked_for(run, image):
    described = json.loads(run("quantize", image, "--json", "--sample", "all", "--max-colors", 8).stdout)
    assert described["settings"]["sample_size"] == "all"


def test_two_things_cannot_share_the_standard_output(run, image):
    assert run("quantize", image, "--json", "-o", "-").exit_code == 2


def test_explain_draws_every_number_of_colors_and_marks_the_chosen_one(run, image):
    done = run("quantize", image, "--explain", "--max-colors", 12)
    verdict, _, *rows = done.stdout.splitlines()
    chosen = [row.split()[0] for row in rows if "<- chosen" in row]
    assert [row.split()[0] for row in rows] == ["8", "9", "10", "11", "12"]
    assert f"{chosen[0]} colors" in verdict


def test_explain_writes_nothing_and_minds_no_output_that_exists(run, image):
    target = image.with_name("photo.jpg.quantized.png")
    target.write_bytes(b"mine")
    done = run("quantize", image, "--explain", "--max-colors", 9, env={"COLORQUANT_REPORT": "1"})
    assert (done.exit_code, done.stderr) == (0, "")
    assert "<- chosen" in done.stdout
    assert target.read_bytes() == b"mine"
    assert len(list(image.parent.iterdir())) == 2


@pytest.mark.parametrize(
    "args",
    [
        "--json",
        "-o x.png",
        "-d x",
        "--force",
        "--skip-existing",
        "--skip-if-larger",
        "--report",
        "--format webp",
        "--dither ordered",
    ],
)
def test_explain_goes_with_nothing_that_is_for_outputs(run, image, args):
    done = run("quantize", image, "--explain", *args.split())
    assert done.exit_code == 2
    assert "--explain" in done.stderr


def test_explain_has_no_curve_where_the_exact_colors_are_kept(run, tmp_path):
    Image.new("RGB", (2, 2), "red").save(tmp_path / "red.png")
    done = run("quantize", tmp_path / "red.png", "--explain")
    assert done.exit_code == 0
    assert done.stdout.count("\n") == 1


def test_asking_for_a_quality_decides_by_fidelity(run, image):
    described = json.loads(run("quantize", image, "--json", "--quality", "low").stdout)
    assert (described["criterion"], described["measure"]) == ("fidelity", "error")


def test_a_criterion_given_with_a_quality_stands(run, image):
    done = run("quantize", image, "--json", "--quality", "low", "--criterion", "auto")
    assert json.loads(done.stdout)["criterion"] == "auto"


def test_the_format_names_and_fills_the_output(run, image):
    assert run("quantize", image, "--format", "webp").exit_code == 0
    with Image.open(f"{image}.quantized.webp") as written:
        assert written.format == "WEBP"


def test_the_ending_of_the_output_chooses_its_format(run, image, tmp_path):
    assert run("quantize", image, "-o", tmp_path / "small.webp").exit_code == 0
    with Image.open(tmp_path / "small.webp") as written:
        assert written.format == "WEBP"


def test_a_format_against_the_output_s_ending_is_wrong_usage(run, image, tmp_path):
    done = run("quantize", image, "--format", "png", "-o", tmp_path / "small.webp")
    assert done.exit_code == 2
    assert "disagree" in done.stderr


def test_what_was_ignored_in_the_input_is_told(run, tmp_path):
    frames = [Image.new("RGB", (4, 4), color) for color in ("red", "blue")]
    frames[0].save(tmp_path / "two.gif", save_all=True, append_images=frames[1:])
    done = run("quantize", tmp_path / "two.gif")
    assert "2 frames or pages; the first was used" in done.stderr
