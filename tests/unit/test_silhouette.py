from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

from colorquant.engine.colors import ColorSet, count_distinct, sample_pixels
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
