from __future__ import annotations

import numpy as np
import pytest

from colorquant.engine import exact


@pytest.mark.parametrize("centroids", [1, 2, 256, 257, 511])
def test_each_point_gets_its_nearest_centroid_however_many_there_are(centroids):
    random = np.random.default_rng(centroids)
    points, others = (np.rint(random.random((size, 3)) * 65_536) for size in (500, centroids))
    squares = np.square(points[:, None] - others).sum(axis=2)
    labels, distances = exact.nearest(exact.columns(points), others)
    np.testing.assert_array_equal(labels, squares.argmin(axis=1))
    np.testing.assert_array_equal(distances + exact.squared_norms(points), squares.min(axis=1))


def test_of_equally_near_centroids_the_first_is_taken():
    points, others = np.zeros((1, 3)), np.full((300, 3), 9.0)
    others[[7, 280]] = 1
    assert exact.labels(exact.columns(points), others).tolist() == [7]
