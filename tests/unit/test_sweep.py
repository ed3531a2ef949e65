from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.cluster import KMeans

from colorquant.engine.colors import count
from colorquant.engine.points import Points, sample
from colorquant.engine.spaces import SPACES
from colorquant.engine.sweep import sweep

RGB = SPACES["rgb"]

KS = range(8, 33)


def test_there_is_one_clustering_for_every_number_of_colors(photo):
    points = sample(count(photo), 1000, 0, RGB)
    clusterings = sweep(points, KS, seed=0)
    assert [clustering.k for clustering in clusterings] == list(KS)
    assert all(len(np.unique(clustering.labels)) == clustering.k for clustering in clusterings)


def test_warm_starts_end_no_worse_than_fresh_ones(photo):
    points = sample(count(photo), 1000, 0, RGB)
    ours = [clustering.inertia for clustering in sweep(points, KS, seed=0)]
    fresh = [
        KMeans(k, n_init="auto", random_state=0)
        .fit(points.coordinates, sample_weight=points.weights)
        .inertia_
        for k in KS
    ]
    assert np.mean(np.divide(ours, fresh)) <= 1


def test_inertia_is_the_weighted_squared_distance_to_the_centroids(photo):
    points = sample(count(photo), 1000, 0, RGB)
    for clustering in sweep(points, (8, 9), seed=0):
        residuals = points.coordinates - clustering.centroids[clustering.labels]
        np.testing.assert_allclose(clustering.inertia, points.weights @ (residuals**2).sum(axis=1), rtol=1e-6)


def test_as_many_clusters_as_points_leave_no_inertia():
    points = Points(np.arange(30.0).reshape(10, 3), np.arange(1.0, 11.0), RGB)
    assert sweep(points, range(8, 11), seed=0)[-1].inertia == 0


def test_the_same_seed_gives_the_same_clusterings(photo):
    points = sample(count(photo), 1000, 0, RGB)
    first, second = (sweep(points, (8, 9, 10), seed=3) for _ in range(2))
    for one, other in zip(first, second, strict=True):
        np.testing.assert_array_equal(one.labels, other.labels)
        np.testing.assert_array_equal(one.centroids, other.centroids)


@given(
    hnp.arrays(np.float64, (12, 3), elements=st.integers(0, 255), unique=True),
    hnp.arrays(np.float64, 12, elements=st.integers(1, 10**8)),
)
def test_no_cluster_is_empty_whatever_the_points_and_weights(points, weights):
    for clustering in sweep(Points(points, weights, RGB), range(2, 13), seed=0):
        np.testing.assert_array_equal(np.unique(clustering.labels), np.arange(clustering.k))
        assert np.isfinite(clustering.centroids).all()


def test_each_centroid_is_the_mean_of_its_pixels(photo):
    points = sample(count(photo), 1000, 0, RGB)
    for clustering in sweep(points, (8, 9), seed=0):
        for label, centroid in enumerate(clustering.centroids):
            own = clustering.labels == label
            expected = np.average(points.coordinates[own], axis=0, weights=points.weights[own])
            np.testing.assert_allclose(centroid, expected, rtol=1e-12)


@pytest.mark.parametrize("space", SPACES.values(), ids=SPACES)
def test_colors_a_level_apart_can_each_have_a_cluster(space):
    levels = np.indices((3, 3, 3), np.uint8).reshape(3, -1).T
    # Beside white, so that their coordinates have few digits left for what is between them.
    colors = np.concatenate([253 + levels[:-1], np.zeros((1, 3), np.uint8)]).astype(np.uint8)
    points = Points(space.from_srgb(colors), np.ones(len(colors)), space)
    clusterings = sweep(points, range(8, len(colors) + 1), seed=0)
    assert len(np.unique(clusterings[-1].labels)) == len(colors)


def test_a_light_color_beside_a_heavy_one_gets_its_cluster():
    points = np.array([[255.0, 255, 255], [255, 255, 254], *np.diag([30.0, 60, 90])])
    weights = np.array([1e8, 1, 5, 7, 9])
    last = sweep(Points(points, weights, RGB), range(2, 6), seed=0)[-1]
    assert len(np.unique(last.labels)) == 5
    assert last.inertia == 0
