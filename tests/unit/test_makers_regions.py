from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from colorquant.makers.outlines import outlines
from colorquant.makers.regions import connected, depths, merged, opened, resized

PALETTE = np.array([[0, 0, 0], [255, 255, 255], [220, 30, 40], [210, 40, 50], [20, 60, 200]], np.uint8)
LABELS = hnp.arrays(
    np.int32, hnp.array_shapes(min_dims=2, max_dims=2, max_side=24), elements=st.integers(-1, 4)
)


def flooded(labels):
    """Give each area a number by OpenCV's flood fill, one after the other."""
    found = np.zeros(labels.shape, np.int32)
    for y, x in np.argwhere(labels >= 0):
        if not found[y, x]:
            mask = np.zeros((labels.shape[0] + 2, labels.shape[1] + 2), np.uint8)
            cv2.floodFill(
                labels.astype(np.float32), mask, (int(x), int(y)), 0, flags=4 | cv2.FLOODFILL_MASK_ONLY
            )
            found[mask[1:-1, 1:-1] > 0] = found.max() + 1
    return found


def same_parts(one, other):
    pairs = np.unique(np.stack([one.ravel(), other.ravel()]), axis=1)
    return len(pairs.T) == len(np.unique(one)) == len(np.unique(other))


@given(LABELS)
def test_areas_are_those_of_a_flood_fill(labels):
    assert same_parts(connected(labels), flooded(labels))


@settings(max_examples=60)
@example(np.array([[0, 1]], np.int32), 3, 0.0)
@given(LABELS, st.integers(0, 40), st.sampled_from([0.0, 1.4]))
def test_no_area_is_smaller_than_asked_for_unless_it_is_all_there_is(labels, smallest, narrowest):
    regions = connected(merged(labels, PALETTE, smallest, narrowest))
    areas = np.bincount(regions.ravel())[1:]
    assert len(areas) <= 1 or areas.min() >= smallest
    assert len(areas) == 0 or (labels >= 0).any()
    assert len(areas) > 0 or not (labels >= 0).any()


@given(LABELS, st.integers(0, 40))
def test_what_has_neighbors_is_painted_and_nothing_else_gets_paint(labels, smallest):
    after = merged(labels, PALETTE, smallest, 0)
    assert (after[labels < 0] < 0).all()
    # Only what stands alone and is too small may be left out.
    alone = connected(np.where(labels >= 0, 0, -1))
    for island in range(1, alone.max() + 1):
        painted = after[alone == island] >= 0
        assert painted.all() or (not painted.any() and (alone == island).sum() < smallest)


@given(LABELS)
def test_areas_that_are_large_enough_stay_as_they_are(labels):
    np.testing.assert_array_equal(merged(labels, PALETTE, 1, 0), labels)


def test_a_small_area_goes_to_a_similar_color_rather_than_along_the_longer_border():
    labels = np.full((9, 9), 1, np.int32)
    labels[:, :4] = 3
    labels[4, 4] = 2
    assert merged(labels, PALETTE, 2, 0)[4, 4] == 3  # a red beside a red, with white on three sides


def test_between_colors_that_are_as_far_a_small_area_goes_along_the_longer_border():
    labels = np.full((9, 9), 1, np.int32)
    labels[:, :4] = 0
    labels[4, 4] = 2
    black_red_red = np.array([[240, 10, 10], [240, 10, 10], [0, 0, 0]], np.uint8)
    assert merged(labels, black_red_red, 2, 0)[4, 4] == 1


def test_a_bar_too_narrow_for_a_number_becomes_part_of_a_neighbor_however_long_it_is():
    labels = np.zeros((40, 200), np.int32)
    labels[20:23] = 1
    assert (merged(labels, PALETTE, 10, 5) == 0).all()
    assert (merged(labels, PALETTE, 10, 1.4) == labels).all()


def test_depths_count_from_a_pixels_middle_to_the_edge_of_its_region():
    regions = np.ones((5, 9), np.int32)
    np.testing.assert_allclose(depths(regions)[2], [0.5, 1.5, 2.5, 2.5, 2.5, 2.5, 2.5, 1.5, 0.5])
    regions[:, 4:] = 2
    np.testing.assert_allclose(depths(regions)[2], [0.5, 1.5, 1.5, 0.5, 0.5, 1.5, 2.5, 1.5, 0.5])


@given(LABELS, st.integers(1, 60), st.integers(1, 60))
def test_labels_at_another_size_are_labels_that_were_there(labels, width, height):
    drawn = resized(labels, width, height, 1.5)
    assert drawn.shape == (height, width)
    assert set(np.unique(drawn)) <= set(np.unique(labels))


def test_a_spike_goes_to_what_is_nearest_and_the_body_stays():
    labels = np.zeros((60, 60), np.int32)
    labels[30:50, 20:40] = 1
    labels[5:30, 29:32] = 1
    after = opened(labels, 3)
    assert (after[:25] == 0).all()
    assert (after[34:46, 24:36] == 1).all()
    assert (after != labels)[30:].sum() < 20  # but for the corners, which a disc does not reach


def test_a_thin_line_that_stands_alone_is_not_opened_away():
    labels = np.full((60, 60), -1, np.int32)
    labels[10:12, 5:55] = 0
    labels[30:55, 5:55] = 1
    np.testing.assert_array_equal(opened(labels, 3)[:20], labels[:20])


@given(LABELS, st.sampled_from([0.4, 1.0, 2.0]))
def test_what_is_opened_stays_painted_and_gets_labels_of_its_own_island(labels, radius):
    after = opened(labels, radius)
    np.testing.assert_array_equal(after < 0, labels < 0)
    islands = connected(np.where(labels >= 0, 0, -1).astype(np.int32))
    for island in range(1, islands.max() + 1):
        assert set(after[islands == island]) <= set(labels[islands == island])


def test_a_speck_vanishes_and_a_straight_border_stays_where_it_is():
    labels = np.zeros((60, 60), np.int32)
    labels[:, 30:] = 1
    labels[10, 10] = 1
    expected = labels.copy()
    expected[10, 10] = 0
    np.testing.assert_array_equal(resized(labels, 60, 60, 3), expected)


def corners(line):
    """Close a closed line."""
    return np.vstack([line.points, line.points[:1]]) if line.closed else line.points


@settings(max_examples=60)
@given(LABELS)
def test_every_border_is_drawn_exactly_once(labels):
    regions = connected(labels)
    framed = np.pad(regions, 1)
    wanted = (framed[1:] != framed[:-1]).sum() + (framed[:, 1:] != framed[:, :-1]).sum()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("colorquant.makers.outlines.ROUNDS", 0)
        patch.setattr("colorquant.makers.outlines.TOLERANCE", 0.0)
        lines = outlines(regions)
    steps = [np.diff(corners(line), axis=0) for line in lines]
    assert all((np.count_nonzero(each, axis=1) == 1).all() for each in steps)
    assert sum(int(np.abs(each).sum()) for each in steps) == wanted
    # Lines that cover all of them and no more: painted, each side of a pixel is hit once.
    hits = np.zeros((2 * regions.shape[0] + 1, 2 * regions.shape[1] + 1), int)
    for line in lines:
        for (x, y), (x2, y2) in zip(corners(line)[:-1], corners(line)[1:], strict=True):
            for part in range(int(abs(x2 - x) + abs(y2 - y))):
                at = np.array([x, y]) + (part + 0.5) * np.sign([x2 - x, y2 - y])
                hits[round(2 * at[1]), round(2 * at[0])] += 1
    assert hits.max(initial=0) <= 1


@settings(max_examples=60)
@given(LABELS)
def test_lines_end_only_where_others_go_on(labels):
    ends = [
        tuple(line.points[place])
        for line in outlines(connected(labels))
        if not line.closed
        for place in (0, -1)
    ]
    assert all(ends.count(end) >= 3 for end in ends)
