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

COMMAND = [sys.executable, "-m", "colorquant", "quantize"]
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
    # Nobody writes to this pipe, so that the run cannot be over before it is stopped.
    endless = images / "endless.png"
    os.mkfifo(endless)
    process = start(images, tmp_path)
    wait_for_outputs(process, tmp_path, 2)
    # As a terminal does: everything in the group hears Ctrl-C; a request to terminate goes to one process.
    os.killpg(process.pid, number) if number == signal.SIGINT else process.send_signal(number)
    code, err = finish(process)
    assert code == 130
    assert "Stopped. No file is half written" in err
    assert f"\n{len(outputs(tmp_path))} of {WHOLE + len(BROKEN) + 1} images written" in err

    endless.unlink()
    code, err = finish(start(images, tmp_path, "--skip-existing", jobs=1))
    assert code == 1
    assert len(outputs(tmp_path)) == WHOLE
    assert err.count("Error: ") == len(BROKEN)


def test_an_image_that_kills_its_process_takes_no_other_with_it(images, tmp_path):
    # Python imports a module of this name when it starts, here to give one image a deadly effect.
    (tmp_path / "sitecustomize.py").write_text(
        "import functools, os\n"
        "from colorquant.cli import work as module\n"
        "kind = module.work\n"
        "@functools.wraps(kind)\n"
        "def work(task, **named):\n"
        "    if task.source.endswith('/7.png'): os.kill(os.getpid(), 9)\n"
        "    return kind(task, **named)\n"
        "module.work = work\n"
    )
    out = tmp_path / "out"
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    code, err = finish(start(images, out, env=os.environ | {"PYTHONPATH": path}))
    assert code == 1
    assert len(outputs(out)) == WHOLE - 1
    assert err.count("The process that worked on it died") == 1


def test_a_pipe_carries_the_image_and_nothing_else(photo_bytes):
    done = subprocess.run([*COMMAND, "-", "-o", "-"], input=photo_bytes, capture_output=True, check=True)
    assert done.stdout.startswith(b"\x89PNG\r\n")
    assert done.stdout.endswith(b"IEND\xaeB`\x82")
    assert done.stderr == b""


def test_one_image_that_is_stopped_while_it_is_read_is_not_counted(tmp_path):
    fifo = tmp_path / "slow.png"
    os.mkfifo(fifo)
    process = subprocess.Popen(
        [*COMMAND, str(fifo)], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    with fifo.open("wb"):
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=MOST_SECONDS)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert "Stopped. No file is half written" in err


def test_ctrl_c_while_the_command_loads_is_no_traceback(tmp_path):
    # Whatever the command imports first is imported while Ctrl-C comes.
    (tmp_path / "click.py").write_text("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\n")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(COMMAND, env=os.environ | {"PYTHONPATH": path}, capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (130, b"", b"")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
@pytest.mark.parametrize(
    "args", [["quantize", "--json"], ["quantize", "--explain"], ["quantize", "-o", "-"], ["palette"]]
)
def test_a_full_disk_behind_the_standard_output_is_a_sentence(tmp_path, photo_bytes, args):
    (tmp_path / "photo.jpg").write_bytes(photo_bytes)
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*COMMAND[:-1], *args, str(tmp_path / "photo.jpg")],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "No space left on device" in done.stderr
    # It is not the image that lacks space.
    assert "photo.jpg: No space" not in done.stderr


@pytest.mark.parametrize(
    "args",
    [
        ["--help"],
        ["quantize", "--help"],
        ["palette", "--help"],
        ["quantize", "a.jpg", "b.jpg", "--skip-existing"],
        ["quantize", "a.jpg", "b.jpg", "--skip-existing", "--jobs", "2"],
    ],
)
def test_what_reads_no_image_loads_no_numeric_library(tmp_path, args):
    for name in ("a.jpg", "b.jpg"):
        (tmp_path / name).write_bytes(b"")
        (tmp_path / f"{name}.quantized.png").write_bytes(b"")
    traps = tmp_path / "traps"
    traps.mkdir()
    for library in ("numpy", "cv2", "PIL", "jinja2"):
        (traps / f"{library}.py").write_text(f"raise RuntimeError('{library} is loaded')\n")
    path = os.pathsep.join([str(traps), os.environ.get("PYTHONPATH", "")])
    done = subprocess.run(
        [*COMMAND[:-1], *args],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "is loaded" in done.stderr) == (0, False)


def test_a_process_of_many_works_with_one_thread():
    code = "from colorquant.cli.processes import _prepare; _prepare(); import cv2; print(cv2.getNumThreads())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"


def test_numeric_libraries_start_no_idle_threads_unless_asked_to():
    code = (
        "import os, atexit\n"
        "atexit.register(lambda: print(os.environ['OPENBLAS_NUM_THREADS'], os.environ['OMP_NUM_THREADS']))\n"
        "from colorquant.__main__ import main; main()"
    )
    environment = {name: text for name, text in os.environ.items() if "NUM_THREADS" not in name}
    command = [sys.executable, "-c", code, "--version"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "1 1"
    environment["OMP_NUM_THREADS"] = "3"
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "1 3"
