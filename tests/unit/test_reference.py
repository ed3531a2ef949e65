from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from sklearn.cluster import KMeans
from sklearn.metrics import silhouette_score

from colorquant import Settings, load, quantize
from colorquant.engine import reference
from colorquant.engine.colors import count
from colorquant.engine.engines import find_engine
from colorquant.engine.points import Points, sample
from colorquant.engine.spaces import SPACES

RGB = SPACES["rgb"]
RECIPE = Settings.recipe(engine="scikit-learn")


@pytest.fixture(scope="module")
def points(photo):
    return sample(count(photo), 1000, 0, RGB)


@pytest.fixture(scope="module")
def swept(photo):
    return load(photo).sweep(RECIPE, max_colors=12)


def pixels_of(points):
    return points.coordinates.repeat(points.weights.astype(int), axis=0)


def test_every_number_of_colors_is_a_fresh_k_means_with_its_silhouette(swept, points):
    for row in swept.scores:
        estimator = KMeans(row.colors, n_init="auto", random_state=0)
        estimator.fit(points.coordinates, sample_weight=points.weights)
        labels = estimator.labels_.repeat(points.weights.astype(int))
        assert row.silhouette == pytest.approx(silhouette_score(pixels_of(points), labels), abs=1e-12)


def test_the_palette_is_that_of_k_means_and_not_refined(swept, points):
    estimator = KMeans(9, n_init="auto", random_state=0)
    estimator.fit(points.coordinates, sample_weight=points.weights)
    expected = RGB.palette(estimator.cluster_centers_)
    # K-means stops a little before its centers are the means of their pixels.
    found = np.array(sorted(swept.palette(9).rgb.tolist()))
    np.testing.assert_allclose(found, np.array(sorted(expected.tolist())), atol=2)


def test_each_pixel_gets_what_predict_gives_it(photo, swept):
    palette = swept.palette(9)
    result = load(photo).recolor(palette, engine="scikit-learn", color_space="rgb")
    estimator = KMeans(9, init=palette.rgb.astype(float), n_init=1, max_iter=1).fit(palette.rgb)
    labels = estimator.predict(photo.reshape(-1, 3).astype(float))
    np.testing.assert_array_equal(result.to_pixels().reshape(-1, 3), estimator.cluster_centers_[labels])


def test_both_engines_score_the_same_labels_alike(points):
    ours = find_engine("colorquant")
    labelings = [clustering.labels for clustering in ours.sweep(points, range(8, 33), 0)]
    np.testing.assert_allclose(
        ours.silhouette_samples(points, labelings),
        reference.silhouette_samples(points, labelings),
        rtol=0,
        atol=1e-9,
    )


def test_our_engine_leaves_no_more_inertia_than_fresh_starts(points):
    ours, theirs = (
        find_engine(name).sweep(points, range(8, 33), 0) for name in ("colorquant", "scikit-learn")
    )
    ratios = [one.inertia / other.inertia for one, other in zip(ours, theirs, strict=True)]
    assert np.mean(ratios) <= 1


def test_the_recipe_looks_at_a_thousand_pixels(photo):
    result = quantize(photo, Settings.recipe(refine=False))
    [chosen] = [row for row in result.sweep if row.colors == result.colors]
    error = np.square(photo.astype(float) - result.to_pixels()).sum(axis=2).mean()
    # The inertia sums over the pixels that were clustered; on those it is a little lower than on all.
    assert chosen.inertia / 1000 == pytest.approx(error, rel=0.2)


def test_without_scikit_learn_a_sentence_says_what_to_install():
    code = (
        "import sys; sys.modules['sklearn'] = None; import colorquant\n"
        "try: colorquant.quantize(bytes(), engine='scikit-learn')\n"
        "except colorquant.EmptyImageError: pass\n"
        "import numpy\n"
        "pixels = numpy.arange(768, dtype='uint8').reshape(16, 16, 3)\n"
        "try: colorquant.quantize(pixels, engine='scikit-learn')\n"
        "except colorquant.MissingExtraError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pip install scikit-learn" in done.stdout


def test_nothing_imports_scikit_learn_or_scipy_unless_asked():
    code = (
        "import sys, numpy, colorquant\n"
        "colorquant.quantize(numpy.arange(768, dtype='uint8').reshape(16, 16, 3)).to_png()\n"
        "print([name for name in ('sklearn', 'scipy', 'threadpoolctl') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("labels", [[0, 0, 0], [1, 1, 1], [0, 1, 2], [0, 0, 2]])
def test_both_engines_score_clusters_that_scikit_learn_would_refuse(labels):
    three = Points(np.array([[0.0, 0, 0], [9, 0, 0], [30, 0, 0]]), np.ones(3), RGB)
    ours, theirs = (
        engine.silhouette_samples(three, [np.array(labels)])
        for engine in (find_engine("colorquant"), find_engine("scikit-learn"))
    )
    np.testing.assert_allclose(ours, theirs)
