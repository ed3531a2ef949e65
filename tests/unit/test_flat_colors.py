from __future__ import annotations

import cv2
import numpy as np
import pytest

from colorquant import quantize
from colorquant.engine.flat_colors import find_flat_colors

INKS = np.array(
    [
        (240, 240, 235), (200, 30, 40), (20, 90, 180), (30, 140, 60), (250, 200, 20),
        (90, 90, 90), (10, 10, 10), (150, 80, 160), (255, 140, 0), (0, 160, 170),
    ],
    np.uint8,
)  # fmt: skip


def discs(colors: int, smooth: bool = True):
    drawing = np.full((360, 480, 3), INKS[0])
    line = cv2.LINE_AA if smooth else cv2.LINE_8
    for number, ink in enumerate(INKS[1:colors]):
        center = (60 + number % 4 * 120, 60 + number // 4 * 120)
        cv2.circle(drawing, center, 45, ink.tolist(), -1, line)
    return drawing


def jpeg(drawing, quality=85):
    return cv2.imdecode(
        cv2.imencode(".jpg", drawing, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR
    )


def noisy(drawing):
    noise = np.random.default_rng(0).normal(0, 4, drawing.shape)
    return (drawing + noise).round().clip(0, 255).astype(np.uint8)


@pytest.mark.parametrize("colors", [2, 5, 10])
@pytest.mark.parametrize(
    "spoil", [lambda drawing: drawing, jpeg, noisy], ids=["smooth edges", "JPEG", "noise"]
)
def test_flat_colors_are_counted_through_smooth_edges_jpeg_and_noise(colors, spoil):
    found = find_flat_colors(spoil(discs(colors)))
    assert found.are_the_picture
    assert len(found) == colors
    apart = np.abs(found.centers[:, None].astype(int) - INKS[:colors]).max(axis=2)
    assert apart.min(axis=0).max() <= 3


def test_lines_too_thin_for_nine_pixels_are_counted():
    drawing = discs(4)
    for x in range(20, 460, 8):
        drawing[320:350, x : x + 2] = (120, 0, 160)
    assert len(find_flat_colors(drawing)) == 5


def test_a_photograph_is_not_made_of_flat_colors(photo):
    assert not find_flat_colors(photo).are_the_picture


def test_a_gradient_is_not_made_of_flat_colors():
    ramp = np.linspace(0, 255, 400).astype(np.uint8)
    assert not find_flat_colors(np.dstack([np.tile(ramp, (300, 1))] * 3)).are_the_picture


def test_noise_has_no_flat_colors(noise):
    assert not find_flat_colors(noise).are_the_picture


def test_hidden_pixels_are_not_looked_at():
    drawing = discs(6)
    alpha = np.full(drawing.shape[:2], 255, np.uint8)
    alpha[:, 240:] = 0
    found = find_flat_colors(drawing, alpha)
    assert len(found) == 4


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (3, 2)])
def test_the_smallest_pictures_can_be_looked_at(shape):
    assert len(find_flat_colors(np.zeros((*shape, 3), np.uint8))) <= 1


def test_a_drawing_gets_its_own_colors_exactly():
    result = quantize(discs(10), max_colors=32)
    assert {*result.hex_colors} == {"#" + bytes(ink).hex() for ink in INKS}
    assert result.verdict.startswith("10 flat colors make up the picture")


def test_a_drawing_of_fewer_colors_than_allowed_keeps_them_beside_those_of_its_edges():
    result = quantize(discs(4))
    assert {"#" + bytes(ink).hex() for ink in INKS[:4]} <= {*result.hex_colors}
    assert result.colors == 8
