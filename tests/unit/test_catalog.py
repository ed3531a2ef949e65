from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from benchmarks.catalogs import least
from colorquant import Palette, SettingsError, load, quantize, shared_sweep
from colorquant.engine.catalog import best_subsets
from colorquant.engine.colors import count
from colorquant.engine.points import histogram
from colorquant.engine.spaces import SPACES

OKLAB = SPACES["oklab"]


@pytest.fixture(scope="module")
def cells(photo):
    # So few that all of them are searched on.
    return histogram(count(photo), 500, OKLAB)


def drawn(seed: int, size: int):
    return OKLAB.from_srgb(np.random.default_rng(seed).integers(0, 256, (size, 3), np.uint8))


def error(cells, colors):
    apart = np.square(cells.points.coordinates[:, None] - colors).sum(axis=2)
    return (apart.min(axis=1) * cells.points.weights).sum()


@pytest.mark.parametrize("seed", range(12))
def test_few_colors_of_a_small_catalog_are_the_best_there_are(cells, seed):
    catalog, number = drawn(seed, 9), 2 + seed % 4
    [found] = best_subsets(cells, catalog, range(number, number + 1))
    best = min(error(cells, catalog[list(subset)]) for subset in combinations(range(9), number))
    assert error(cells, catalog[found]) <= 1.01 * best


@pytest.mark.parametrize("seed", range(5))
def test_colors_of_a_large_catalog_serve_better_than_the_most_used_of_it(cells, seed):
    catalog = drawn(seed, 400)
    [found] = best_subsets(cells, catalog, range(24, 25))
    apart = np.square(cells.points.coordinates[:, None] - catalog).sum(axis=2)
    used = np.bincount(apart.argmin(axis=1), cells.points.weights, 400)
    most_used = np.argsort(-used)[:24]
    assert error(cells, catalog[found]) < 0.99 * error(cells, catalog[most_used])


@pytest.mark.parametrize("seed", range(8))
def test_what_no_subset_is_said_to_reach_none_reaches(seed):
    rng = np.random.default_rng(seed)
    table = np.square(rng.random((10, 1, 3)) - rng.random((60, 3))).sum(axis=2)
    number = 2 + seed % 3
    best = min(table[list(subset)].min(axis=0).sum() for subset in combinations(range(10), number))
    assert 0.9 * best < least(table, number, best) <= best + 1e-9


def test_there_is_a_choice_for_every_number(cells):
    subsets = best_subsets(cells, drawn(0, 50), range(8, 20))
    assert [len(set(subset)) for subset in subsets] == list(range(8, 20))


def test_a_result_names_the_entries_of_the_catalog(photo):
    names = tuple(f"thread {number}" for number in range(60))
    rgb = np.random.default_rng(3).integers(0, 256, (60, 3), np.uint8)
    result = quantize(photo, catalog=Palette.of(rgb, names=names), colors=12)
    by_name = dict(zip(names, Palette.of(rgb).hex_colors, strict=True))
    assert [by_name[entry["name"]] for entry in result.to_dict()["palette"]] == result.hex_colors
    assert result.colors <= 12
    assert result.verdict.startswith("Chosen from the 60 colors of the catalog.")


def test_what_is_written_can_differ_from_what_a_color_looks_like(photo):
    looks = np.array([[30, 30, 30], [200, 200, 190], [150, 40, 40]], np.uint8)
    codes = np.array([[0, 0, 0], [255, 255, 255], [255, 0, 0]], np.uint8)
    result = load(photo).recolor(Palette.of(looks, written=codes))
    plain = load(photo).recolor(Palette.of(looks))
    np.testing.assert_array_equal(result.indices, plain.indices)
    shown = np.asarray(result.to_pil().convert("RGB"))
    assert {tuple(color) for color in shown.reshape(-1, 3).tolist()} == {
        tuple(color) for color in codes.tolist()
    }


@pytest.mark.parametrize("criterion", ["auto", "silhouette", "davies-bouldin", "calinski-harabasz"])
def test_every_criterion_can_choose_from_a_catalog(photo, criterion):
    catalog = Palette.of(np.random.default_rng(4).integers(0, 256, (200, 3), np.uint8))
    sweep = load(photo[::2, ::2]).sweep(criterion=criterion, catalog=catalog)
    assert 8 <= sweep.colors <= 32


@pytest.mark.parametrize("size", [1, 2, 5])
def test_a_catalog_smaller_than_the_fewest_colors_is_taken_whole(photo, size):
    catalog = Palette.of(np.random.default_rng(5).integers(0, 256, (size, 3), np.uint8))
    assert len(load(photo).sweep(catalog=catalog).palette()) == size


def test_an_image_of_one_color_gets_the_nearest_one_of_a_catalog():
    sweep = load(np.full((2, 2, 3), (250, 10, 10), np.uint8)).sweep(catalog=Palette("black, red, white"))
    assert sweep.palette().hex_colors == ["#ff0000"]
    assert "nearest of the 3 colors of the catalog" in sweep.verdict


def test_a_color_that_a_catalog_has_twice_is_chosen_once(photo):
    catalog = Palette.of(np.array([[0, 0, 0], [0, 0, 0], [255, 255, 255]], np.uint8))
    assert len(load(photo).sweep(catalog=catalog).palette()) == 2


def test_a_catalog_leaves_no_room_for_colors_to_keep(photo):
    with pytest.raises(SettingsError, match="Leave out the catalog or keep"):
        load(photo).sweep(catalog=Palette("red, blue"), keep="white")


def test_one_palette_serves_several_images_better_than_that_of_any_one(photo):
    images = [load(photo[:200]), load(photo[200:]), load(255 - photo)]

    def total(palette):
        results = [image.recolor(palette, color_space="rgb").to_pixels() for image in images]
        return sum(
            np.square(image.raster.pixels.astype(float) - result).sum()
            for image, result in zip(images, results, strict=True)
        )

    told = {"colors": 10, "color_space": "rgb"}
    shared = total(shared_sweep(images, **told).palette())
    assert all(shared < total(image.sweep(**told).palette()) for image in images)


def test_kept_colors_stay_first_in_a_palette_and_anywhere_in_a_result(photo):
    sweep = load(photo).sweep(keep="magenta, lime", colors=6)
    palette = sweep.palette()
    assert (palette.hex_colors[:2], palette.kept) == (["#ff00ff", "#00ff00"], 2)
    again = load(photo).sweep(colors=6, palette=palette)
    assert again.palette().hex_colors == palette.hex_colors
    result = load(photo).recolor(again)
    assert {"#ff00ff", "#00ff00"} <= {*result.hex_colors}
    assert result.palette.kept == 0


def test_images_can_count_alike_whatever_their_size():
    small, large = (np.full((side, side, 3), 9, np.uint8) for side in (4, 40))
    large[..., 0] = np.arange(40) * 5
    small[..., 1] = np.arange(16).reshape(4, 4) * 12
    images = [load(small), load(large)]

    def for_small(palette):
        return len(set(images[0].recolor(palette, color_space="rgb").hex_colors))

    told = {"colors": 12, "color_space": "rgb", "sample_size": "all"}
    plain, alike = (shared_sweep(images, equally=equally, **told).palette() for equally in (False, True))
    assert for_small(alike) > for_small(plain)
