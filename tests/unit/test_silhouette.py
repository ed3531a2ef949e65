from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

from colorquant.engine.colors import ColorSet, count_distinct, histogram, sample_pixels
from colorquant.engine.silhouette import silhouette_scores
from colorquant.engine.spaces import SPACES
from colorquant.engine.sweep import sweep


def test_scores_of_a_sampled_photo_equal_scikit_learns(photo):
    colors = sample_pixels(*count_distinct(photo), 1000, 0, SPACES["rgb"])
    labelings = [clustering.labels for clustering in sweep(colors, range(8, 33), seed=0)]
    repeats = colors.weights.astype(int)
    expected = [
        silhouette_score(colors.points.repeat(repeats, axis=0), labels.repeat(repeats))
        for labels in labelings
    ]
    np.testing.assert_allclose(silhouette_scores(colors, labelings), expected, rtol=0, atol=1e-9)


def test_scores_do_not_depend_on_how_rows_are_chunked(noise):
    colors = sample_pixels(*count_distinct(noise), 1500, 0, SPACES["rgb"])
    labels = KMeans(5, n_init=1, random_state=0).fit(colors.points).labels_
    expected = silhouette_score(colors.points, labels)
    assert silhouette_scores(colors, [labels])[0] == pytest.approx(expected, abs=1e-9)


@given(
    hnp.arrays(np.float64, (6, 3), elements=st.integers(0, 255), unique=True),
    hnp.arrays(np.float64, 6, elements=st.integers(1, 5)),
    st.permutations([0, 0, 0, 1, 1, 2]),
)
def test_a_weight_counts_as_repeated_points(points, weights, labels):
    labels = np.array(labels, np.int32)
    repeats = weights.astype(int)
    repeated, repeated_labels = points.repeat(repeats, axis=0), labels.repeat(repeats)
    [score] = silhouette_scores(ColorSet(points, weights), [labels])
    if len(repeated) > 3:
        assert score == pytest.approx(silhouette_score(repeated, repeated_labels), abs=1e-9)


def test_points_alone_in_their_clusters_score_zero():
    colors = ColorSet(np.array([[0.0, 0, 0], [9, 9, 9]]), np.ones(2))
    assert silhouette_scores(colors, [np.array([0, 1], np.int32)])[0] == 0


def test_two_repeated_colors_in_two_clusters_score_one():
    colors = ColorSet(np.array([[0.0, 0, 0], [9, 9, 9]]), np.array([3.0, 4.0]))
    assert silhouette_scores(colors, [np.array([0, 1], np.int32)])[0] == 1


@pytest.mark.parametrize("k", [8, 32])
def test_binned_scores_are_within_a_hundredth_of_those_of_the_pixels(photo, k):
    pixels = np.ascontiguousarray(photo[::5, ::5])
    distinct, counts = count_distinct(pixels)
    binned = histogram(distinct, counts, 1500, SPACES["rgb"])
    assert len(binned.colors) < len(distinct) / 4
    clustering = sweep(binned.colors, [k], seed=0)[0]
    [score] = silhouette_scores(binned.colors, [clustering.labels])
    flat = pixels.reshape(-1, 3).astype(float)
    labels = KMeans(k, init=clustering.centroids, n_init=1, max_iter=1).fit(flat).predict(flat)
    assert score == pytest.approx(silhouette_score(flat, labels), abs=0.01)


@given(st.permutations(range(6)))
def test_the_order_of_the_points_does_not_matter(order):
    points = np.array([[0.0, 0, 0], [1, 0, 0], [9, 9, 9], [9, 9, 8], [0, 50, 0], [0, 51, 0]])
    weights, labels = np.arange(1.0, 7), np.array([0, 0, 1, 1, 2, 2], np.int32)
    [expected] = silhouette_scores(ColorSet(points, weights), [labels])
    [score] = silhouette_scores(ColorSet(points[order], weights[order]), [labels[order]])
    assert score == pytest.approx(expected, abs=1e-12)
