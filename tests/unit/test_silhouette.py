from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

from colorquant import load
from colorquant.engine.colors import count
from colorquant.engine.points import Points, sample
from colorquant.engine.silhouette import separation, silhouette_samples
from colorquant.engine.spaces import SPACES
from colorquant.engine.sweep import sweep

RGB = SPACES["rgb"]


def silhouette_scores(points, labelings):
    samples = silhouette_samples(points, labelings)
    return [
        separation(points.weights, labels, column).silhouette
        for labels, column in zip(labelings, samples.T, strict=True)
    ]


def test_scores_of_a_sampled_photo_equal_scikit_learns(photo):
    points = sample(count(photo), 1000, 0, RGB)
    labelings = [clustering.labels for clustering in sweep(points, range(8, 33), seed=0)]
    repeats = points.weights.astype(int)
    expected = [
        silhouette_score(points.coordinates.repeat(repeats, axis=0), labels.repeat(repeats))
        for labels in labelings
    ]
    np.testing.assert_allclose(silhouette_scores(points, labelings), expected, rtol=0, atol=1e-9)


def test_scores_do_not_depend_on_how_rows_are_chunked(noise):
    points = sample(count(noise), 1500, 0, RGB)
    labels = KMeans(5, n_init=1, random_state=0).fit(points.coordinates).labels_
    expected = silhouette_score(points.coordinates, labels)
    assert silhouette_scores(points, [labels])[0] == pytest.approx(expected, abs=1e-9)


@given(
    hnp.arrays(np.float64, (6, 3), elements=st.integers(0, 255), unique=True),
    hnp.arrays(np.float64, 6, elements=st.integers(1, 5)),
    st.permutations([0, 0, 0, 1, 1, 2]),
)
def test_a_weight_counts_as_repeated_points(points, weights, labels):
    labels = np.array(labels, np.int64)
    repeats = weights.astype(int)
    repeated, repeated_labels = points.repeat(repeats, axis=0), labels.repeat(repeats)
    [score] = silhouette_scores(Points(points, weights, RGB), [labels])
    assert score == pytest.approx(silhouette_score(repeated, repeated_labels), abs=1e-9)


def test_points_alone_in_their_clusters_score_zero():
    points = Points(np.array([[0.0, 0, 0], [9, 9, 9]]), np.ones(2), RGB)
    assert silhouette_scores(points, [np.array([0, 1], np.int64)])[0] == 0


def test_two_repeated_colors_in_two_clusters_score_one():
    points = Points(np.array([[0.0, 0, 0], [9, 9, 9]]), np.array([3.0, 4.0]), RGB)
    assert silhouette_scores(points, [np.array([0, 1], np.int64)])[0] == 1


def test_the_scores_of_all_pixels_are_those_of_a_large_sample(photo):
    pixels = np.ascontiguousarray(photo[::5, ::5])
    [row] = load(pixels).sweep(colors=20, sample_size="all", criterion="silhouette").scores
    points = sample(count(pixels), 100_000, 0, RGB)
    clustering = KMeans(20, n_init=10, random_state=0).fit(points.coordinates, sample_weight=points.weights)
    repeats = points.weights.astype(int)
    expected = silhouette_score(
        points.coordinates.repeat(repeats, axis=0), clustering.labels_.repeat(repeats)
    )
    # Two clusterings of nearly the same inertia differ by more than the sample does.
    assert row.silhouette == pytest.approx(expected, abs=0.03)


def test_an_empty_cluster_is_nobodys_neighbor():
    points = Points(np.array([[0.0, 0, 0], [9, 9, 9]]), np.array([3.0, 4.0]), RGB)
    assert silhouette_scores(points, [np.array([0, 2])]) == [1]


@given(st.permutations(range(6)))
def test_the_order_of_the_points_does_not_matter(order):
    points = np.array([[0.0, 0, 0], [1, 0, 0], [9, 9, 9], [9, 9, 8], [0, 50, 0], [0, 51, 0]])
    weights, labels = np.arange(1.0, 7), np.array([0, 0, 1, 1, 2, 2], np.int64)
    [expected] = silhouette_scores(Points(points, weights, RGB), [labels])
    [score] = silhouette_scores(Points(points[order], weights[order], RGB), [labels[order]])
    assert score == pytest.approx(expected, abs=1e-12)
