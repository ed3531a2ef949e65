from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

COMMAND = [sys.executable, "-c", "from colorquant.cli import main; main()", "quantize"]
BROKEN = {"cut.png": 300, "empty.png": 0, "tiny.jpg": 9}
WHOLE = 16
MOST_SECONDS = 120


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    folder = tmp_path_factory.mktemp("images")
    random = np.random.default_rng(3)
    for number in range(WHOLE):
        path = folder / f"sub{number % 3}" / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(random.integers(0, 256, (30, 30, 3), np.uint8)).save(path)
    data = (folder / "sub0" / "0.png").read_bytes()
    for name, length in BROKEN.items():
        (folder / name).write_bytes(data[:length])
    (folder / "notes.txt").write_text("not an image")
    return folder


def start(images, out, *more, jobs=2, **options):
    return subprocess.Popen(
        [*COMMAND, str(images), "-d", str(out), "--jobs", str(jobs), *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        **options,
    )


def finish(process):
    out, err = process.communicate(timeout=MOST_SECONDS)
    assert out == ""
    assert "Traceback" not in err
    return process.returncode, err


def outputs(out):
    """Every file that is there, each of them a whole image."""
    files = [path for path in Path(out).rglob("*") if path.is_file()]
    for path in files:
        assert path.name.endswith(".png.quantized.png")
        with Image.open(path) as image:
            image.load()
    return files


def wait_for_outputs(process, out, count):
    while len(list(Path(out).rglob("*.quantized.png"))) < count:
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.02)


def test_every_whole_image_is_written_and_every_broken_one_is_a_sentence(images, tmp_path):
    code, err = finish(start(images, tmp_path))
    assert code == 1
    assert len(outputs(tmp_path)) == WHOLE
    errors = [line for line in err.splitlines() if line.startswith("Error: ")]
    assert sorted(Path(line.split(": ")[1]).name for line in errors) == sorted(BROKEN)
    assert f"{WHOLE} of {WHOLE + len(BROKEN)} images written, {len(BROKEN)} failed." in err
    assert "notes.txt" in err.splitlines()[0]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_leaves_whole_files_and_can_be_taken_up_again(images, tmp_path, number):
    process = start(images, tmp_path)
    wait_for_outputs(process, tmp_path, 2)
    # As a terminal does: everything in the group hears Ctrl-C; a request to terminate goes to one process.
    os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
    code, err = finish(process)
    assert code == 130
    assert "Stopped: " in err
    assert 2 <= len(outputs(tmp_path)) < WHOLE

    code, err = finish(start(images, tmp_path, "--skip-existing", jobs=1))
    assert code == 1
    assert len(outputs(tmp_path)) == WHOLE
    assert err.count("Error: ") == len(BROKEN)


def test_an_image_that_kills_its_process_takes_no_other_with_it(images, tmp_path):
    # Python imports a module of this name when it starts, here to give one image a deadly effect.
    (tmp_path / "sitecustomize.py").write_text(
        "import functools, os\n"
        "from colorquant.cli import jobs, work as module\n"
        "kind = module.work\n"
        "@functools.wraps(kind)\n"
        "def work(task, *more):\n"
        "    if task.source.endswith('/7.png'): os.kill(os.getpid(), 9)\n"
        "    return kind(task, *more)\n"
        "jobs.work = module.work = work\n"
    )
    out = tmp_path / "out"
    code, err = finish(start(images, out, env=os.environ | {"PYTHONPATH": str(tmp_path)}))
    assert code == 1
    assert len(outputs(out)) == WHOLE - 1
    assert err.count("The process that worked on it died") == 1


def test_a_pipe_carries_the_image_and_nothing_else(photo_bytes):
    done = subprocess.run([*COMMAND, "-", "-o", "-"], input=photo_bytes, capture_output=True, check=True)
    assert done.stdout.startswith(b"\x89PNG\r\n")
    assert done.stdout.endswith(b"IEND\xaeB`\x82")
    assert done.stderr == b""
