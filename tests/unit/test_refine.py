from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.cluster import KMeans

from colorquant.engine.colors import count
from colorquant.engine.lloyd import Cloud
from colorquant.engine.points import histogram
from colorquant.engine.refine import POLISH_CELLS, SEARCH_CELLS, _search, polish, search
from colorquant.engine.spaces import RGB_STEPS, SPACES

RGB = SPACES["rgb"]


def refined(image, start, seed):
    return polish(Cloud(image.points), search(Cloud(image.coarser(SEARCH_CELLS).points), start, seed))


def mean_squared_error(points, centroids):
    distances = np.square(points.coordinates[:, None] - centroids).sum(axis=2).min(axis=1)
    return points.weights @ distances / points.weights.sum()


@pytest.fixture(scope="module")
def image(photo):
    return histogram(count(photo[::4, ::4]), POLISH_CELLS, RGB)


@pytest.mark.parametrize("k", [8, 16, 32])
def test_a_refined_palette_is_as_good_as_the_best_of_ten_fresh_ones(image, k):
    points = image.points
    fresh = KMeans(k, n_init=10, random_state=0).fit(points.coordinates, sample_weight=points.weights)
    start = points.coordinates[np.linspace(0, len(points) - 1, k).astype(int)]
    error = mean_squared_error(points, refined(image, start, seed=0))
    assert error <= 1.02 * fresh.inertia_ / points.weights.sum()


def test_it_leaves_a_minimum_that_lloyds_iteration_is_stuck_in():
    # Three dense groups; two centroids share one, and one serves the two others.
    groups = np.array([[0, 0, 0], [200, 0, 0], [0, 200, 0]])
    pixels = np.concatenate([group + np.array([[0, 0, d] for d in range(30)]) for group in groups])
    image = histogram(count(pixels[None].astype(np.uint8)), POLISH_CELLS, RGB)
    stuck = RGB_STEPS * np.array([[0, 0, 7.0], [0, 0, 22.0], [100, 100, 14.5]])
    found = refined(image, stuck, seed=0) / RGB_STEPS
    np.testing.assert_allclose(
        sorted(found.tolist()), [[0, 0, 14.5], [0, 200, 14.5], [200, 0, 14.5]], atol=1e-3
    )


def test_the_same_seed_gives_the_same_palette(image):
    start = image.points.coordinates[:12]
    np.testing.assert_array_equal(refined(image, start, seed=4), refined(image, start, seed=4))


@pytest.mark.parametrize("seed", range(3))
def test_a_swap_is_kept_only_where_it_helps(image, seed):
    points = image.coarser(SEARCH_CELLS).points
    cloud = Cloud(points)
    errors = [
        mean_squared_error(points, _search(cloud, cloud.coordinates[:24], np.random.default_rng(seed), swaps))
        for swaps in range(0, 100, 5)
    ]
    assert errors == sorted(errors, reverse=True)
    assert len({*errors}) > 5


@settings(max_examples=30, deadline=None)
@given(hnp.arrays(np.uint8, st.tuples(st.just(1), st.integers(2, 40), st.just(3))), st.integers(2, 8))
def test_no_palette_becomes_worse(pixels, k):
    colors = count(pixels)
    image = histogram(colors, POLISH_CELLS, RGB)
    start = RGB.from_srgb(np.resize(colors.rgb, (k, 3)))
    found = refined(image, start, seed=0)
    assert found.shape == (k, 3)
    before = mean_squared_error(image.points, start)
    assert mean_squared_error(image.points, found) <= before * (1 + 1e-5) + 3
