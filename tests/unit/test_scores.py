from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest
from sklearn.metrics import calinski_harabasz_score, davies_bouldin_score, silhouette_samples

from colorquant.engine.colors import ColorSet, count_distinct, sample_pixels
from colorquant.engine.scores import score
from colorquant.engine.spaces import SPACES, to_oklab
from colorquant.engine.sweep import sweep


@pytest.fixture(scope="module")
def swept(photo):
    colors = sample_pixels(*count_distinct(photo), 1000, 0, SPACES["rgb"])
    clusterings = sweep(colors, range(8, 33), seed=0)
    return colors, clusterings, score(colors, clusterings)


def as_pixels(colors, labels):
    repeats = colors.weights.astype(int)
    return colors.points.repeat(repeats, axis=0), labels.repeat(repeats)


def test_both_indices_equal_scikit_learns_for_the_repeated_pixels(swept):
    # To a percent: scikit-learn takes the means of the labels, K-means stops just short of them.
    colors, clusterings, scores = swept
    for clustering, row in zip(clusterings, scores, strict=True):
        pixels, labels = as_pixels(colors, clustering.labels)
        assert row.davies_bouldin == pytest.approx(davies_bouldin_score(pixels, labels), rel=1e-2)
        assert row.calinski_harabasz == pytest.approx(calinski_harabasz_score(pixels, labels), rel=1e-2)


def test_the_macro_silhouette_is_the_mean_of_the_clusters_means(swept):
    colors, clusterings, scores = swept
    pixels, labels = as_pixels(colors, clusterings[4].labels)
    samples = silhouette_samples(pixels, labels)
    means = [samples[labels == cluster].mean() for cluster in range(12)]
    assert scores[4].silhouette_macro == pytest.approx(np.mean(means), abs=1e-9)
    assert scores[4].silhouette == pytest.approx(samples.mean(), abs=1e-9)


def test_errors_are_distances_in_oklab_over_the_repeated_pixels(swept):
    colors, clusterings, scores = swept
    pixels, labels = as_pixels(colors, clusterings[0].labels)
    errors = np.linalg.norm(to_oklab(pixels) - to_oklab(np.rint(clusterings[0].centroids))[labels], axis=1)
    assert scores[0].error == pytest.approx(np.sqrt(np.mean(errors**2)))
    assert scores[0].error_p95 == pytest.approx(np.quantile(errors, 0.95, method="inverted_cdf"))


def test_clusters_without_any_spread_score_numbers_that_json_can_hold():
    colors = ColorSet(np.arange(30.0).reshape(10, 3) * 8, np.full(10, 5.0))
    [row] = score(colors, sweep(colors, [10], seed=0))
    assert row.silhouette == 1
    assert row.error == 0
    json.dumps(asdict(row), allow_nan=False)


def test_as_many_clusters_as_pixels_can_be_scored():
    colors = ColorSet(np.arange(30.0).reshape(10, 3) * 8, np.ones(10))
    rows = score(colors, sweep(colors, range(2, 11), seed=0))
    assert all(np.isfinite(list(asdict(row).values())).all() for row in rows)
