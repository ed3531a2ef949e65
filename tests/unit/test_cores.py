from __future__ import annotations

import threading

import cv2
import numpy as np
import pytest

from colorquant import load
from colorquant.cores import cores, on_all_cores
from colorquant.engine.colors import count


@pytest.fixture(params=[1, 2, 5])
def threads(request):
    before = cv2.getNumThreads()
    cv2.setNumThreads(request.param)
    yield request.param
    cv2.setNumThreads(before)


def test_as_many_threads_work_as_opencv_may_use(threads):
    assert cores() == threads


def test_each_part_is_worked_on_once_and_results_are_in_the_parts_order(threads):
    done = []
    results = on_all_cores(lambda part: done.append(part) or part**2, range(100))
    assert sorted(done) == list(range(100))
    assert results == [part**2 for part in range(100)]


def test_several_threads_work_at_the_same_time(threads):
    meeting = threading.Barrier(threads)
    on_all_cores(lambda _: meeting.wait(timeout=60), range(threads), fewest=2)


def test_for_a_few_parts_no_thread_is_started(threads):
    workers = set()
    on_all_cores(lambda _: workers.add(threading.get_ident()), range(15))
    assert workers == {threading.get_ident()}


def test_what_goes_wrong_in_a_thread_comes_out(threads):
    def work(part):
        if part == 70:
            raise MemoryError("part 70")

    with pytest.raises(MemoryError, match="part 70"):
        on_all_cores(work, range(100))


@pytest.fixture(scope="module")
def large():
    """Two megapixels of a gradient with noise: nearly a million colors, and 31 blocks of pixels."""
    down, along = np.mgrid[:1250, :1600]
    smooth = np.dstack([down / 5, along / 7, (down + along) / 12])
    return (smooth + np.random.default_rng(1).normal(0, 4, smooth.shape)).clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("number", [8, 20])
def test_a_large_image_comes_out_the_same_on_one_core_and_on_several(large, number):
    def made(threads):
        cv2.setNumThreads(threads)
        image = load(large)
        result = image.recolor(image.sweep(colors=number))
        return image.colors, result.palette.rgb.tobytes(), result.indices.tobytes(), result.to_png()

    before = cv2.getNumThreads()
    try:
        assert made(1) == made(3)
    finally:
        cv2.setNumThreads(before)


@pytest.mark.parametrize("red", [0, 255])
def test_an_image_without_two_reds_is_counted_on_several_cores(threads, red):
    pixels = np.full((900, 700, 3), red, np.uint8)
    pixels[:300, :, 1] = 7
    assert count(pixels).counts.tolist() == ([420_000, 210_000] if red == 0 else [210_000, 420_000])
