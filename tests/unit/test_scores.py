from __future__ import annotations

import json
from dataclasses import asdict

import numpy as np
import pytest
from sklearn import metrics

from colorquant.engine.colors import count
from colorquant.engine.points import Points, sample
from colorquant.engine.scores import score
from colorquant.engine.silhouette import separation, silhouette_samples
from colorquant.engine.spaces import EYE, SPACES
from colorquant.engine.sweep import sweep

RGB = SPACES["rgb"]


@pytest.fixture(scope="module")
def swept(photo):
    points = sample(count(photo), 1000, 0, RGB)
    clusterings = sweep(points, range(8, 33), seed=0)
    return points, clusterings, scores_of(points, clusterings)


def scores_of(points, clusterings):
    samples = silhouette_samples(points, [one.labels for one in clusterings]).T
    separations = [
        separation(points.weights, one.labels, column)
        for one, column in zip(clusterings, samples, strict=True)
    ]
    return score(points, clusterings, separations)


def as_pixels(points, labels):
    repeats = points.weights.astype(int)
    return points.coordinates.repeat(repeats, axis=0), labels.repeat(repeats)


def test_both_indices_equal_scikit_learns_for_the_repeated_pixels(swept):
    points, clusterings, scores = swept
    for clustering, row in zip(clusterings, scores, strict=True):
        pixels, labels = as_pixels(points, clustering.labels)
        assert row.davies_bouldin == pytest.approx(metrics.davies_bouldin_score(pixels, labels), rel=1e-9)
        assert row.calinski_harabasz == pytest.approx(
            metrics.calinski_harabasz_score(pixels, labels), rel=1e-9
        )


def test_the_macro_silhouette_is_the_mean_of_the_clusters_means(swept):
    points, clusterings, scores = swept
    pixels, labels = as_pixels(points, clusterings[4].labels)
    samples = metrics.silhouette_samples(pixels, labels)
    means = [samples[labels == cluster].mean() for cluster in range(12)]
    assert scores[4].silhouette_macro == pytest.approx(np.mean(means), abs=1e-9)
    assert scores[4].silhouette == pytest.approx(samples.mean(), abs=1e-9)


def test_errors_are_distances_in_the_eyes_space_over_the_repeated_pixels(swept):
    points, clusterings, scores = swept
    pixels, labels = as_pixels(points, clusterings[0].labels)
    palette = EYE.from_srgb(RGB.palette(clusterings[0].centroids))
    errors = np.linalg.norm(EYE.from_srgb(RGB.palette(pixels)) - palette[labels], axis=1) / EYE.steps
    assert scores[0].error == pytest.approx(np.sqrt(np.mean(errors**2)))
    assert scores[0].error_p95 == pytest.approx(np.quantile(errors, 0.95, method="inverted_cdf"))


def test_clusters_without_any_spread_score_numbers_that_json_can_hold():
    points = Points(np.arange(30.0).reshape(10, 3) * 8, np.full(10, 5.0), RGB)
    [row] = scores_of(points, sweep(points, [10], seed=0))
    assert row.silhouette == 1
    assert row.error == 0
    json.dumps(asdict(row), allow_nan=False)


def test_as_many_clusters_as_pixels_can_be_scored():
    points = Points(np.arange(30.0).reshape(10, 3) * 8, np.ones(10), RGB)
    rows = scores_of(points, sweep(points, range(2, 11), seed=0))
    assert all(np.isfinite(list(asdict(row).values())).all() for row in rows)
