"""Broken and hostile files, decoded in child processes that may not die, hang or grow."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

FUZZ = Path(__file__).parents[2] / "benchmarks" / "fuzz_images.py"
OURS = {"decoded", "unsupported", "truncated", "corrupt", "too-large", "empty"}


def fuzz(*arguments: str | Path) -> list[dict]:
    command = [sys.executable, FUZZ, "--json", *arguments]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_two_thousand_mutants_of_every_format_end_in_pixels_or_in_one_of_our_errors():
    verdicts = fuzz("--mutants", "2000", "--seed", "1")
    assert len(verdicts) == 2000
    assert [verdict for verdict in verdicts if verdict["outcome"] not in OURS] == []
    # It would show nothing if all were refused by their first bytes.
    assert sum(verdict["outcome"] == "decoded" for verdict in verdicts) > 100
    assert all(verdict["message"] for verdict in verdicts if verdict["outcome"] != "decoded")


def test_files_that_once_broke_decoders_are_decoded_or_refused(data_folder):
    files = sorted((data_folder / "malformed").iterdir())
    verdicts = fuzz("--files", *files)
    assert len(verdicts) == len(files)
    assert [verdict for verdict in verdicts if verdict["outcome"] not in OURS] == []


def chain(size: int) -> dict[str, bytes]:
    """Make files of many megabytes in the smallest parts that each format has."""
    tag = b"\x11\x01\x01\0\xff\xff\0\0\x08\0\0\0"
    png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x0a\0\0\0\x0a\x08\x02\0\0\0\0\0\0\0"
    return {
        "blocks.gif": b"GIF89a\1\0\1\0\0\0\0!\xfe" + b"\1a" * (size // 2) + b"\0;",
        "markers.jpg": b"\xff\xd8\xff\xe0\0\2" + b"\xff\xd0" * (size // 2),
        "fill.jpg": b"\xff\xd8\xff\xe0\0\2" + b"\xff" * size,
        "chunks.png": png + b"\0\0\0\0teSt\0\0\0\0" * (size // 12),
        "chunks.webp": b"RIFF" + (size + 100).to_bytes(4, "little") + b"WEBPVP8X\x0a\0\0\0" + b"\0" * 10
        + b"abcd\0\0\0\0" * (size // 8),
        "boxes.heic": b"\0\0\0\x10ftypheic\0\0\0\0" + b"\0\0\0\x08free" * (size // 8),
        "tags.tif": b"II*\0\x08\0\0\0\xff\xff" + tag * 65_535 + b"\0" * size,
    }  # fmt: skip


@pytest.mark.parametrize(("name", "data"), chain(30_000_000).items(), ids=chain(0).keys())
def test_a_file_of_endless_small_parts_is_refused_and_does_not_hang(tmp_path, name, data):
    (tmp_path / name).write_bytes(data)
    (verdict,) = fuzz("--files", tmp_path / name)
    assert verdict["outcome"] in {"corrupt", "truncated"}


# Replaces the decoder, in a child that is forked and so has the replacement.
STUNTS = """
import multiprocessing, os, runpy, sys, time
stunts = {b'crash': os.abort, b'hang': lambda: time.sleep(60), b'raise': lambda: {}[0]}
stunts |= {b'write': lambda: os.write(2, b'Warning'), b'quiet': lambda: None}
names = runpy.run_path(sys.argv[1])['serve'].__globals__
names['MOST_SECONDS'] = 2
names['decode'] = lambda data, settings: stunts[data]()
child = names['Child'].__new__(names['Child'])
child._context = multiprocessing.get_context('fork')
child._start()
print([child.decode(stunt)['outcome'] for stunt in stunts])
child.stop()
"""


def test_the_harness_sees_a_crash_a_hang_a_foreign_error_and_noise():
    # Without this, a harness that sees nothing would look like decoders without fault.
    command = [sys.executable, "-c", STUNTS, FUZZ]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "['crashed', 'hung', 'foreign', 'noisy', 'decoded']", done.stderr
