"""One container, many images: what is left behind by each must not add up."""

from __future__ import annotations

import os
from itertools import chain
from statistics import mean
from typing import TYPE_CHECKING

import numpy as np
import pytest

from containers import Emulated, ReachableS3, created, emulated, memory_limit
from pictures import PHOTOS, photograph

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.container

# `make soak` runs 300; these are six rounds, two in each third.
IMAGES = int(os.environ.get("COLORQUANT_SOAK_IMAGES", "72"))
MEGABYTES = int(os.environ.get("COLORQUANT_SOAK_MEGABYTES", "1024"))

# A round: every size twice but for the largest, each photo in turn, a PNG now and then.
MEGAPIXELS = (0.01, 0.05, 0.1, 0.4, 1.0, 2.0, 0.01, 0.05, 0.1, 0.4, 1.0, 12.0)

# How much more the process may hold on average in the last third than in the first.
TOLERANCE = 0.05


def upload_round() -> list[bytes]:
    return [
        photograph(size, name=PHOTOS[place % 2], seed=place, form=".png" if place % 5 == 4 else ".jpg")
        for place, size in enumerate(MEGAPIXELS)
    ]


@pytest.fixture
def confined(image: str, s3: ReachableS3, output_bucket: str) -> Iterator[Emulated]:
    with emulated(image, s3, output_bucket, *memory_limit(MEGABYTES)) as container:
        yield container


def orders(rounds: int) -> Iterator[int]:
    """Give the places of each round in an order of its own."""
    generator = np.random.default_rng(0)
    return chain.from_iterable(generator.permutation(len(MEGAPIXELS)).tolist() for _ in range(rounds))


def test_images_of_every_size_one_after_the_other_leave_nothing_behind(
    confined: Emulated, s3: ReachableS3, output_bucket: str
) -> None:
    bucket, pictures, resident = s3.make_bucket(), upload_round(), []
    left = confined.temporary_files()
    for number, place in enumerate(orders(-(-IMAGES // len(MEGAPIXELS)))):
        if number == IMAGES:
            break
        key = f"{number}"
        s3.client.put_object(Bucket=bucket, Key=key, Body=pictures[place])
        (result,) = confined.invoke(created(bucket, key))["results"]
        assert result["outcome"] == "quantized"
        resident.append(confined.memory().resident)
        for where, name in ((bucket, key), *((output_bucket, name) for name in s3.keys(output_bucket))):
            s3.client.delete_object(Bucket=where, Key=name)
    third = IMAGES // 3
    first, last, peak = mean(resident[:third]), mean(resident[-third:]), confined.memory().peak
    print(
        f"\n{IMAGES} images in {MEGABYTES} MB: {first / 2**20:.1f} MB after each of the first {third}, "
        f"{last / 2**20:.1f} MB after each of the last {third}, {peak / 2**20:.0f} MB at most."
    )
    assert last <= first * (1 + TOLERANCE)
    assert confined.temporary_files() == left
