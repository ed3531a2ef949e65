from __future__ import annotations

import io
import json

import pytest
from click.testing import CliRunner
from PIL import Image

from colorquant.cli import main


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


def test_explain_has_no_curve_where_the_exact_colors_are_kept(run, tmp_path):
    Image.new("RGB", (2, 2), "red").save(tmp_path / "red.png")
    done = run("quantize", tmp_path / "red.png", "--explain")
    assert done.exit_code == 0
    assert done.stdout.count("\n") == 1


def test_explain_does_not_share_the_standard_output(run, image):
    assert run("quantize", image, "--explain", "--json").exit_code == 2
    assert run("quantize", image, "--explain", "-o", "-").exit_code == 2


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
