"""The libraries that turn bytes into samples, each called the way that gives the right ones."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray
from PIL import (
    AvifImagePlugin,
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from colorquant.errors import UnsupportedImageError
from colorquant.image.formats import png, tiff
from colorquant.image.formats.tiff import exif_orientation
from colorquant.image.header import Header, check_size, corrupt, truncated
from colorquant.image.limits import pillow_limit
from colorquant.image.samples import Samples, scale_to_8_bits
from colorquant.settings import Settings

# What libjpeg says (jerror.h) where it fills in pixels that are not in the file, and where it merely finds
# bytes that do not belong.
_PREMATURE = "premature end"
_HARMLESS = ("extraneous bytes before marker", "Unknown Adobe color transform", "JFIF")


def with_turbojpeg(data: bytes, header: Header, settings: Settings) -> Samples:
    """Decode a grey or color JPEG."""
    colorspace = "GRAY" if header.layout == "JPEG grey" else "RGB"
    try:
        values = simplejpeg.decode_jpeg(data, colorspace, strict=True)
    except ValueError as error:
        if _PREMATURE in str(error).lower():
            raise truncated("JPEG", data) from error
        if not any(harmless in str(error) for harmless in _HARMLESS):
            raise
        return with_pillow(data, header, settings)
    return Samples(values[..., 0] if colorspace == "GRAY" else values)


def with_opencv_png(data: bytes, header: Header, settings: Settings) -> Samples:  # noqa: ARG001
    """Decode a PNG of 16 bits, or one in grey or RGB, with or without a transparent color."""
    png.check_unpacked_size(data, header)
    depth, is_deep = data[24], data[24] == 16
    mode = cv2.IMREAD_GRAYSCALE if data[25] == png.GREY else cv2.IMREAD_COLOR_RGB
    values = _imdecode(png.essential(data), cv2.IMREAD_UNCHANGED if is_deep else mode)
    key = png.transparent_color(data)
    alpha = None
    if key is not None:
        # 13.12: shallow samples are spread over 0 to 255, and so is the key. OpenCV gives 16 bits as BGR.
        wanted = np.array(key[::-1] if is_deep else key) * (255 // ((1 << depth) - 1) if depth < 8 else 1)
        is_key = (values.reshape(*values.shape[:2], -1) == wanted.astype(values.dtype)).all(axis=2)
        alpha = np.where(is_key, 0, 255).astype(np.uint8)
    return _from_bgr(scale_to_8_bits(values), alpha) if is_deep else Samples(values, alpha)


def with_opencv_tiff(data: bytes, header: Header, settings: Settings) -> Samples:  # noqa: ARG001
    """Decode a TIFF of 16-bit grey, RGB or RGB with a fourth channel."""
    deep = _imdecode(data, cv2.IMREAD_UNCHANGED)
    page = tiff.read_directory(data)
    if deep.dtype != np.uint16 or deep.shape[:2] != (header.height, header.width):
        raise corrupt("TIFF", "its pixels are not what its tags say")
    if page.first(tiff.PHOTOMETRIC, tiff.BLACK_IS_ZERO) == tiff.WHITE_IS_ZERO:
        deep = 65535 - deep
    extra = page.first(tiff.EXTRA_SAMPLES, tiff.UNASSOCIATED_ALPHA)
    if deep.ndim == 3 and deep.shape[2] == 4:
        if extra == tiff.ASSOCIATED_ALPHA:
            deep[..., :3] = _undo_multiplication(deep)
        elif extra != tiff.UNASSOCIATED_ALPHA:
            deep = np.ascontiguousarray(deep[..., :3])
    return _from_bgr(scale_to_8_bits(deep), None)


def _undo_multiplication(deep: NDArray[np.uint16]) -> NDArray[np.uint16]:
    alpha = np.maximum(deep[..., 3:], 1).astype(np.uint32)
    colors = (deep[..., :3].astype(np.uint32) * 65535 + alpha // 2) // alpha
    straight: NDArray[np.uint16] = np.minimum(colors, 65535).astype(np.uint16)
    return straight


def _imdecode(data: bytes, flag: int) -> NDArray[Any]:
    # Turning is done in one place for all formats.
    values = cv2.imdecode(np.frombuffer(data, np.uint8), flag | cv2.IMREAD_IGNORE_ORIENTATION)
    if values is None:
        raise ValueError("OpenCV gives no reason")
    return values


def _from_bgr(values: NDArray[np.uint8], alpha: NDArray[np.uint8] | None) -> Samples:
    if values.ndim == 2:
        return Samples(values, alpha)
    if values.shape[2] == 4:
        alpha = np.ascontiguousarray(values[..., 3])
    return Samples(np.ascontiguousarray(values[..., 2::-1]), alpha)


def _open_heic(file: io.BytesIO) -> ImageFile.ImageFile:
    # Loaded when the first HEIC comes: it links another decoder into the process.
    from pillow_heif import HeifImageFile  # noqa: PLC0415

    opened: ImageFile.ImageFile = HeifImageFile(file)  # type: ignore[no-untyped-call]
    return opened


_PLUGINS: dict[str, Callable[[io.BytesIO], ImageFile.ImageFile]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "WebP": WebPImagePlugin.WebPImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
    "GIF": GifImagePlugin.GifImageFile,
    "AVIF": AvifImagePlugin.AvifImageFile,
    "HEIC": _open_heic,
}


def with_pillow(data: bytes, header: Header, settings: Settings) -> Samples:
    """Decode anything else."""
    if header.format == "PNG":
        png.check_unpacked_size(data, header)
        data = png.essential(data)
    # The plug-in by itself, and not Image.open, which would let a file be a type that was not asked for.
    with pillow_limit.at(settings.max_pixels), _PLUGINS[header.format](io.BytesIO(data)) as image:
        # What the header promised was checked; this is what will be allocated.
        check_size(header.format, *image.size, settings)
        values, alpha = _from_pillow(image)
        if header.format == "TIFF":
            # Pillow has turned it already, and no other format.
            return Samples(values, alpha, orientation=1)
        if header.format not in ("AVIF", "HEIC"):
            return Samples(values, alpha)
        return Samples(
            values,
            alpha,
            orientation=exif_orientation(image.info.get("exif") or b""),
            profile=image.info.get("icc_profile"),
            frames=getattr(image, "n_frames", 1),
        )


def _from_pillow(image: Image.Image) -> tuple[NDArray[np.uint8], NDArray[np.uint8] | None]:
    if image.mode.startswith("I;16"):
        image.load()
        bits = (
            image.tag_v2.get(tiff.BITS, (16,))[0] if isinstance(image, TiffImagePlugin.TiffImageFile) else 16
        )
        return scale_to_8_bits(np.asarray(image).astype(np.uint16), bits), None
    if image.mode in ("I", "F"):
        raise UnsupportedImageError("The image has more than 16 bits a sample. Export it with 8 or 16 bits.")
    if image.has_transparency_data:
        mode = "LA" if image.mode in ("LA", "La") else "RGBA"
        pixels = np.asarray(_converted(image, mode))
        colors = pixels[..., 0] if mode == "LA" else pixels[..., :3]
        return np.ascontiguousarray(colors), np.ascontiguousarray(pixels[..., -1])
    mode = {"1": "L", "L": "L", "CMYK": "CMYK"}.get(image.mode, "RGB")
    return np.asarray(_converted(image, mode)), None


def _converted(image: Image.Image, mode: str) -> Image.Image:
    image.load()
    return image if image.mode == mode else image.convert(mode)
