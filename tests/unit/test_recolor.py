from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from colorquant.engine.colors import Colors, count
from colorquant.engine.packed import pack
from colorquant.engine.recolor import gather, nearest
from colorquant.engine.spaces import SPACES

RGB = st.tuples(st.integers(1, 50), st.just(3))


def colors_of(rgb):
    return Colors(pack(rgb), np.ones(len(rgb), np.int64))


@given(hnp.arrays(np.uint8, RGB), hnp.arrays(np.uint8, RGB), st.sampled_from(sorted(SPACES)))
def test_no_entry_is_nearer_than_the_one_given(colors, palette, name):
    space = SPACES[name]
    distances = np.linalg.norm(space.from_srgb(colors)[:, None] - space.from_srgb(palette), axis=2)
    taken = distances[np.arange(len(colors)), nearest(colors_of(colors), palette, space)]
    np.testing.assert_allclose(taken, distances.min(axis=1), rtol=1e-6, atol=1e-6)


@given(hnp.arrays(np.uint8, RGB), hnp.arrays(np.uint8, RGB))
def test_each_color_gets_its_nearest_entry(colors, palette):
    labels = nearest(colors_of(colors), palette, SPACES["rgb"])
    distances = ((colors[:, None].astype(int) - palette.astype(int)) ** 2).sum(axis=2)
    np.testing.assert_array_equal(distances[np.arange(len(colors)), labels], distances.min(axis=1))


def test_of_equally_near_entries_the_first_is_taken():
    palette = np.array([[10, 0, 0], [30, 0, 0]], np.uint8)
    assert nearest(colors_of(np.array([[20, 0, 0]], np.uint8)), palette, SPACES["rgb"]) == 0


@given(hnp.arrays(np.uint8, st.tuples(st.integers(1, 9), st.integers(1, 9), st.just(3))))
def test_each_pixel_gets_the_label_of_its_color(pixels):
    colors = count(pixels).packed
    labels = np.arange(len(colors)).astype(np.uint8)
    np.testing.assert_array_equal(colors[gather(pixels, colors, labels)], pack(pixels))
