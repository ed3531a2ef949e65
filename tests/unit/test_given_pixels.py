"""Pixels that come decoded already, as arrays and as Pillow images."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps
from PIL import Image, ImageCms

from colorquant import EmptyImageError, ImageTooLargeError, Settings, TruncatedImageError
from colorquant.errors import ArrayError
from colorquant.image.given import from_array, from_pil

SETTINGS = Settings()
SHAPES = st.tuples(st.integers(1, 5), st.integers(1, 5)).flatmap(
    lambda shape: st.sampled_from([shape, (*shape, 3), (*shape, 4)])
)


def as_rgb_and_alpha(levels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if levels.ndim == 2:
        levels = np.dstack([levels] * 3)
    alpha = levels[..., 3] if levels.shape[2] == 4 else np.full(levels.shape[:2], 255)
    return levels[..., :3], alpha


@pytest.mark.parametrize(
    ("dtype", "largest"), [("u1", 255), ("u2", 65535), ("f2", 1), ("f4", 1), ("f8", 1), ("?", 1)]
)
@given(data=st.data())
def test_numbers_of_every_type_become_the_nearest_of_256_levels(dtype, largest, data):
    options = {"min_value": 0, "max_value": 1} if dtype.startswith("f") else {}
    width = {"width": int(dtype[1]) * 8} if dtype.startswith("f") else {}
    elements = st.floats(**options, **width) if options else None
    array = data.draw(nps.arrays(dtype, SHAPES, elements=elements))
    raster = from_array(array, SETTINGS)
    exact = array.astype(np.longdouble) * 255 / largest
    rgb, alpha = as_rgb_and_alpha(exact)
    assert np.abs(raster.pixels - rgb).max() <= 0.5
    seen = np.full(alpha.shape, 255) if raster.alpha is None else raster.alpha
    assert np.abs(seen - alpha).max() <= 0.5


@pytest.mark.parametrize(
    "array",
    [np.zeros((4, 4, 2), np.uint8), np.zeros(4), np.zeros((4, 4, 3), int), np.array([["a"]])],
    ids=["shape", "line", "type", "words"],
)
def test_an_array_of_another_shape_or_type_is_a_type_error_and_a_value_error(array):
    for kind in (ArrayError, TypeError, ValueError):
        with pytest.raises(kind, match="Pixels must"):
            from_array(array, SETTINGS)


@pytest.mark.parametrize("value", [-0.1, 1.1, 255.0, np.nan, np.inf])
def test_floats_that_are_not_from_0_to_1_are_refused_and_named(value):
    array = np.full((2, 2, 3), 0.5)
    array[1, 1, 1] = value
    with pytest.raises(ArrayError, match="Floats must be from 0 to 1"):
        from_array(array, SETTINGS)


def test_an_array_without_pixels_is_refused():
    with pytest.raises(EmptyImageError):
        from_array(np.zeros((0, 4, 3), np.uint8), SETTINGS)


def test_an_array_and_a_pillow_image_over_the_limit_are_refused():
    tight = Settings(max_pixels=10)
    with pytest.raises(ImageTooLargeError, match="max_pixels"):
        from_array(np.zeros((4, 4), np.uint8), tight)
    with pytest.raises(ImageTooLargeError, match="max_pixels"):
        from_pil(Image.new("L", (4, 4)), tight)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "RGBa", "CMYK", "YCbCr", "HSV"])
def test_a_pillow_image_of_each_mode_gives_what_pillow_converts_it_to(noise, mode):
    image = Image.fromarray(noise)
    image.putalpha(Image.fromarray(noise[..., 1]))
    for step in {"PA": ["P", "PA"], "HSV": ["RGB", "HSV"], "YCbCr": ["RGB", "YCbCr"]}.get(mode, [mode]):
        image = image.convert(step)
    raster = from_pil(image, SETTINGS)
    expected = np.asarray(image.convert("RGBA"))
    np.testing.assert_array_equal(raster.pixels, expected[..., :3])
    alpha = np.full(raster.pixels.shape[:2], 255) if raster.alpha is None else raster.alpha
    np.testing.assert_array_equal(alpha, expected[..., 3])


def test_a_deep_pillow_image_is_rounded():
    deep = np.array([[0, 128, 129, 65535]], np.uint16)
    assert from_pil(Image.fromarray(deep), SETTINGS).pixels[0, :, 0].tolist() == [0, 0, 1, 255]


def test_a_pillow_image_keeps_its_orientation_and_its_profile(noise):
    exif = Image.Exif()
    exif[0x0112] = 6
    swapped = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    # The red primary under the name of the blue one, and the other way around.
    swapped = swapped.replace(b"rXYZ", b"tXYZ").replace(b"bXYZ", b"rXYZ").replace(b"tXYZ", b"bXYZ")
    for format_name in ("PNG", "TIFF", "JPEG"):
        Image.fromarray(noise).save(
            buffer := io.BytesIO(), format_name, exif=exif, icc_profile=swapped, quality=100, subsampling=0
        )
        raster = from_pil(Image.open(buffer), SETTINGS)
        turned = np.rot90(noise, -1)[..., ::-1].astype(int)
        assert raster.format == format_name
        assert np.abs(raster.pixels - turned).max() <= (2 if format_name != "JPEG" else 12)


def test_taking_a_pillow_image_imports_none_of_pillow_s_plugins():
    code = (
        "import sys; from PIL import Image; from colorquant import Settings;"
        "from colorquant.image.given import from_pil; from_pil(Image.new('RGB', (2, 2)), Settings());"
        "print([m for m in sys.modules if m.endswith('ImagePlugin')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_pillow_image_with_broken_exif_is_as_it_is(noise):
    image = Image.fromarray(noise)
    image.info["exif"] = b"Exif\0\0MM\0*\xff\xff"
    np.testing.assert_array_equal(from_pil(image, SETTINGS).pixels, noise)


def test_a_pillow_image_whose_file_is_cut_off_is_refused(photo):
    Image.fromarray(photo).save(buffer := io.BytesIO(), "PNG")
    cut = Image.open(io.BytesIO(buffer.getvalue()[:-5000]))
    with pytest.raises(TruncatedImageError, match=r"^The PNG is cut off\. "):
        from_pil(cut, SETTINGS)
