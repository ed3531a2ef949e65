"""The whole story on one screen: load an image, sweep for its colors, recolor it with them."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, TypeAlias, Unpack

import numpy as np
from numpy.typing import NDArray

from colorquant.choice import find_palettes
from colorquant.codes import Color
from colorquant.engine import colors, dither, opacities, recolor, spaces
from colorquant.engine.colors import NOTHING, Colors
from colorquant.engine.engines import find_engine
from colorquant.engine.flat_colors import find_flat_colors
from colorquant.engine.losses import find_loss
from colorquant.errors import SettingsError
from colorquant.image.decode import decode
from colorquant.image.given import from_array, from_pil
from colorquant.image.limits import check_bytes
from colorquant.image.raster import Raster
from colorquant.image.scale import scaled
from colorquant.names import Space
from colorquant.palette import Palette
from colorquant.result import Quantized
from colorquant.settings import MOST_COLORS, Given, Recoloring, Settings
from colorquant.stopwatch import Stopwatch
from colorquant.swept import Sweep

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage

Source: TypeAlias = "bytes | bytearray | memoryview | str | Path | BinaryIO | NDArray[Any] | PillowImage"
DEFAULTS = Settings()


@dataclass(frozen=True, eq=False, repr=False)
class Image:
    """A decoded image whose colors are counted. Immutable; `load` makes it.

    Attributes
    ----------
    raster : Raster
        The upright pixels, and what is known of the file.
    colors : Colors
        The distinct visible colors and how many pixels have each.
    timings_ms : dict of str to float
        Milliseconds of each stage of loading.
    """

    raster: Raster
    colors: Colors
    timings_ms: dict[str, float]

    def __post_init__(self) -> None:
        for array in (self.raster.pixels, self.raster.alpha, self.colors.packed, self.colors.counts):
            if array is not None:
                array.flags.writeable = False

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.__post_init__()

    @property
    def width(self) -> int:
        """Pixels from left to right."""
        return int(self.raster.pixels.shape[1])

    @property
    def height(self) -> int:
        """Pixels from top to bottom."""
        return int(self.raster.pixels.shape[0])

    @cached_property
    def squared_opacities(self) -> NDArray[np.int64]:
        """How much each of the colors shows: the sum of its pixels' squared opacities."""
        return colors.squared_opacities(self.colors, self.raster.pixels, self.raster.alpha)

    def colors_to_fit(self, settings: Settings) -> Colors:
        """Give the colors by how much they show, where there are too many for all to be kept."""
        if self.raster.alpha is None:
            return self.colors
        shown = colors.shown(self.colors, self.squared_opacities)
        return shown if len(shown) > settings.max_colors else self.colors

    def sweep(
        self, settings: Settings | None = None, *, catalog: Palette | None = None, **given: Unpack[Given]
    ) -> Sweep:
        """Find a palette for each number of colors, and which number suits the image.

        Parameters
        ----------
        settings : Settings, optional
            Default: 8 to 32 colors, as many as the image needs to look close to the original.
        catalog : Palette, optional
            Colors to choose from, such as threads, beads or paints that one can buy; any number of them. For
            each number of colors the sweep finds those that suit the image best.
        **given
            Single settings, on top of those.

        Returns
        -------
        Sweep

        Raises
        ------
        SettingsError
            If a setting is out of its range.
        """
        told = _settings(settings, given)
        flat = partial(find_flat_colors, self.raster.pixels, self.raster.alpha)
        own = given.get("palette")
        own = own if isinstance(own, Palette) else None
        return find_palettes(self.colors_to_fit(told), told, _catalog(catalog), flat, own)

    def recolor(
        self,
        palette: Palette | Sweep | str | Iterable[Color],
        settings: Settings | None = None,
        **given: Unpack[Recoloring],
    ) -> Quantized:
        """Give each pixel its nearest palette color, or a pattern of several where dithering is asked for.

        Parameters
        ----------
        palette : Palette, Sweep or colors
            From a sweep of this image or another one, or any colors that `Palette` takes. A sweep of this
            image stands for the palette that it chose, and the result tells its scores and verdict.
        settings : Settings, optional
            `dither`, `dither_strength`, `transparency`, `color_space`, `engine` and `output_format` count.
            Where the color space is ``"auto"``, it is that which the palette was fitted in, otherwise Oklab.
            Default: those of the sweep.
        **given
            Single settings, on top of those.

        Returns
        -------
        Quantized

        Raises
        ------
        SettingsError
            If a setting is out of its range, or something is not a color.

        Examples
        --------
        >>> grey = load(np.full((2, 2, 3), 90, np.uint8))
        >>> grey.recolor("black, white").hex_colors
        ['#000000']
        """
        if isinstance(palette, Sweep):
            told = _in_space(palette.settings.space, _settings(settings or palette.settings, given))
            return _chosen(self, palette, told)
        fitted, told = _fitted(palette, settings, given)
        sweep = find_palettes(self.colors, told.changed(palette=fitted.rgb, keep=()))
        return _recolor(self, fitted, told, sweep)

    def rank(
        self,
        palette: Palette | Sweep | str | Iterable[Color],
        settings: Settings | None = None,
        **given: Unpack[Recoloring],
    ) -> Palette:
        """Order a palette by how many pixels each color gets, and count them, without recoloring any.

        Parameters
        ----------
        palette : Palette, Sweep or colors
            As for `recolor`.
        settings : Settings, optional
            `color_space` and `engine` count. Default: those of the sweep.
        **given
            Single settings, on top of those.

        Returns
        -------
        Palette
            That of the result that `recolor` gives without dithering.

        Raises
        ------
        SettingsError
            If a setting is out of its range, or something is not a color.

        Examples
        --------
        >>> load(np.full((2, 2, 3), 90, np.uint8)).rank("black, white").counts
        array([4])
        """
        fitted, told = _fitted(palette, settings, given)
        # Refuses more colors than an index can tell apart, which a catalog may have.
        told.changed(palette=fitted.rgb, keep=())
        order, _, counts = _by_share(fitted, _nearest(self.colors, fitted, told), self.colors.counts)
        return fitted.take(order, counts=counts)

    def scaled(self, longest: int) -> Image:
        """Give a smaller copy, such as for a screen: each pixel is the mean of the area that it stands for.

        Parameters
        ----------
        longest : int
            Pixels of its longest side, at least 1.

        Returns
        -------
        Image
            This one where it is no larger.

        Examples
        --------
        >>> load(np.zeros((300, 400, 3), np.uint8)).scaled(200)
        Image(200x150 array, 1 colors)
        """
        if max(self.width, self.height) <= longest:
            return self
        watch = Stopwatch()
        with watch.time("scale"):
            raster = scaled(self.raster, longest)
        with watch.time("count"):
            counted = colors.count(raster.pixels, raster.alpha)
        return Image(raster, counted, watch.spent_ms)

    def __repr__(self) -> str:
        return f"Image({self.width}x{self.height} {self.raster.format}, {len(self.colors):,} colors)"


def load(source: Source, settings: Settings | None = None, **given: Unpack[Given]) -> Image:
    """Decode an image and count its colors.

    Parameters
    ----------
    source : bytes, str, Path, binary file, ndarray or PIL.Image.Image
        An encoded image, where to read one, or pixels in sRGB: an array of shape (H, W), (H, W, 3) or
        (H, W, 4), of uint8, uint16, or floats from 0 to 1.
    settings : Settings, optional
        `max_pixels` and `max_bytes` count.
    **given
        Single settings, on top of those.

    Returns
    -------
    Image

    Raises
    ------
    ImageError
        If the image is empty, too large, broken or of a type that colorquant does not read.
    OSError
        If the file cannot be read.
    TypeError
        If the source is something else.

    Examples
    --------
    >>> load(np.zeros((2, 3, 3), np.uint8))
    Image(3x2 array, 1 colors)
    """
    told = _settings(settings, given)
    watch = Stopwatch()
    with watch.time("decode"):
        raster = _read(source, told)
    with watch.time("count"):
        counted = colors.count(raster.pixels, raster.alpha)
    return Image(raster, counted, watch.spent_ms)


def shared_sweep(
    images: Iterable[Image | Colors],
    settings: Settings | None = None,
    *,
    equally: bool = False,
    catalog: Palette | None = None,
    **given: Unpack[Given],
) -> Sweep:
    """Find one palette for several images, for each number of colors.

    Parameters
    ----------
    images : iterable of Image or Colors
        Only their colors are needed, so those of many images can be counted one after the other.
    settings : Settings, optional
        As for `Image.sweep`.
    equally : bool
        Let each image count alike, and not by its pixels. Default False.
    catalog : Palette, optional
        As for `Image.sweep`.
    **given
        Single settings, on top of those.

    Returns
    -------
    Sweep

    Raises
    ------
    SettingsError
        If a setting is out of its range.

    Examples
    --------
    >>> night, day = (load(np.full((1, 2, 3), level, np.uint8)) for level in (9, 240))
    >>> shared_sweep([night, day]).palette()
    Palette('#090909', '#f0f0f0')
    """
    told = _settings(settings, given)
    counted = [_colors_to_fit(image, told) for image in images]
    if equally:
        most = max((colors.pixels for colors in counted), default=0)
        counted = [colors.scaled(most) for colors in counted]
    return find_palettes(sum(counted, start=NOTHING), told, _catalog(catalog))


def shared_palette(
    images: Iterable[Image | Colors],
    settings: Settings | None = None,
    *,
    equally: bool = False,
    catalog: Palette | None = None,
    **given: Unpack[Given],
) -> Palette:
    """Give the palette that `shared_sweep` chooses; parameters as there.

    Returns
    -------
    Palette
    """
    return shared_sweep(images, settings, equally=equally, catalog=catalog, **given).palette()


def quantize(
    source: Source,
    settings: Settings | None = None,
    *,
    catalog: Palette | None = None,
    **given: Unpack[Given],
) -> Quantized:
    """Find how many colors suit an image, and recolor it with them: load, sweep and recolor in a row.

    Parameters
    ----------
    source : bytes, str, Path, binary file, ndarray or PIL.Image.Image
        As for `load`.
    settings : Settings, optional
        Default: 8 to 32 colors, as many as the image needs to look close to the original.
    catalog : Palette, optional
        Colors to choose from, as for `Image.sweep`.
    **given
        Single settings, on top of those.

    Returns
    -------
    Quantized

    Raises
    ------
    ImageError
        If the image is empty, too large, broken or of a type that colorquant does not read.
    SettingsError
        If a setting is out of its range.
    OSError
        If the file cannot be read.
    TypeError
        If the source is something else.

    Examples
    --------
    >>> flag = np.zeros((2, 3, 3), np.uint8)
    >>> flag[0] = 255
    >>> quantize(flag, max_colors=4).hex_colors
    ['#000000', '#ffffff']
    """
    told = _settings(settings, given)
    image = load(source, told)
    # A palette may know more than settings hold: names, and what to write for each color.
    sweep = image.sweep(told, catalog=catalog, palette=given.get("palette"))
    return image.recolor(sweep, told)


def _settings(settings: Settings | None, given: Recoloring) -> Settings:
    settings = settings or DEFAULTS
    return settings.changed(**given) if given else settings


def _colors_to_fit(image: Any, settings: Settings) -> Colors:
    if isinstance(image, Image):
        return image.colors_to_fit(settings)
    if isinstance(image, Colors):
        return image
    raise TypeError(f"Give images as from colorquant.load, or their colors, not {type(image).__name__}.")


def _catalog(given: Any) -> Palette | None:
    if given is None or isinstance(given, Palette):
        return given
    raise TypeError(
        f"A catalog is a Palette, such as colorquant.Palette.read gives, not {type(given).__name__}."
    )


def _read(source: Any, settings: Settings) -> Raster:
    if isinstance(source, np.ndarray):
        return from_array(source, settings)
    if isinstance(source, str | Path):
        path = Path(source)
        check_bytes(path.stat().st_size, settings)
        return decode(path.read_bytes(), settings)
    if isinstance(source, bytes | bytearray | memoryview):
        return decode(bytes(source), settings)
    # Whoever has such an image has loaded Pillow.
    if (pillow := sys.modules.get("PIL.Image")) and isinstance(source, pillow.Image):
        return from_pil(source, settings)
    if hasattr(source, "read"):
        # One byte over the limit is enough to know that it is passed.
        data = source.read(settings.max_bytes + 1)
        if isinstance(data, bytes):
            return decode(data, settings)
    raise TypeError(
        "An image can come as bytes, a path, a file opened in binary mode, an array or a Pillow image, "
        f"not as {type(source).__name__}."
    )


def _fitted(
    palette: Palette | Sweep | str | Iterable[Color], settings: Settings | None, given: Recoloring
) -> tuple[Palette, Settings]:
    """Make a palette of whatever stands for one, and settle the space where pixels look for its colors."""
    if isinstance(palette, Sweep):
        settings, palette = settings or palette.settings, palette.palette()
    palette = palette if isinstance(palette, Palette) else Palette(palette)
    return palette, _in_space(palette.space or "oklab", _settings(settings, given))


def _in_space(fitted: Space, told: Settings) -> Settings:
    """Let pixels look for colors in the space that these were fitted in, unless told another one."""
    if told.color_space != "auto" or told.space == fitted:
        return told
    return told.changed(color_space=fitted)


def _nearest(counted: Colors, palette: Palette, settings: Settings) -> NDArray[np.uint8]:
    if len(palette) > MOST_COLORS or (len(counted) and not len(palette)):
        raise SettingsError(
            f"The palette has {len(palette)} colors, but an image has 1 to {MOST_COLORS}. "
            "To choose from more, give them as a catalog."
        )
    space = spaces.SPACES[settings.space]
    return find_engine(settings.engine).nearest(counted, palette.rgb, space)


def _chosen(image: Image, sweep: Sweep, settings: Settings) -> Quantized:
    watch = Stopwatch()
    with watch.time("refine"):
        palette = sweep.palette()
    result = _recolor(image, palette, settings, sweep)
    timings = image.timings_ms | sweep.timings_ms | watch.spent_ms | result.timings_ms
    return replace(result, timings_ms=timings)


def _recolor(image: Image, palette: Palette, settings: Settings, sweep: Sweep) -> Quantized:
    watch = Stopwatch()
    raster, counted = image.raster, image.colors
    with watch.time("recolor"):
        labels = _nearest(counted, palette, settings)
        plain = settings.dither == "none" or not settings.dither_strength or not len(counted)
        if plain:
            order, ranks, shares = _by_share(palette, labels, counted.counts)
            indices = recolor.gather(raster.pixels, counted.packed, ranks[labels])
        else:
            dithered = _dither(raster, counted, labels, palette, settings)
            seen = dithered if raster.alpha is None else dithered[raster.alpha > 0]
            order, ranks, shares = _by_share(palette, *np.unique(seen, return_counts=True))
            indices = ranks[dithered]
        if raster.alpha is not None:
            indices[raster.alpha == 0] = 0
    with watch.time("loss"):
        loss = find_loss(counted, palette.rgb, spaces.SPACES[settings.space], settings.seed)
    with watch.time("opacities"):
        shown = None
        if settings.transparency == "indexed":
            # What is dithered is to look like its palette color, which differs from the pixel's on purpose.
            meant = raster.pixels if plain else None
            shown = _opacities(image, palette, labels, indices, order=order, meant=meant)
    return Quantized(
        indices=indices,
        palette=palette.take(order, counts=shares),
        alpha=raster.alpha,
        opacities=shown,
        sweep=sweep.scores,
        measure=sweep.measure,
        reason=sweep.reason,
        loss=loss,
        source=_describe(image),
        settings=settings,
        timings_ms=watch.spent_ms,
        warnings=raster.warnings,
    )


def _dither(
    raster: Raster, counted: Colors, labels: NDArray[np.uint8], palette: Palette, settings: Settings
) -> NDArray[np.uint8]:
    visible = None if raster.alpha is None else raster.alpha > 0
    space = spaces.SPACES[settings.space]
    picture = dither.Picture(raster.pixels, counted.packed, labels, palette.rgb, space, visible)
    return dither.METHODS[settings.dither].dither(picture, settings.dither_strength)


def _opacities(
    image: Image,
    palette: Palette,
    labels: NDArray[np.uint8],
    indices: NDArray[np.uint8],
    *,
    order: NDArray[np.intp],
    meant: NDArray[np.uint8] | None,
) -> opacities.Opacities | None:
    alpha, written = image.raster.alpha, palette.written[order]
    if alpha is None or not len(order):
        return None
    counts = opacities.count_opacities(indices, alpha, len(order))
    if not counts[:, 1:255].any():
        return None
    if meant is None:
        sums = opacities.sum_of_palette(counts, written)
    else:
        sums = opacities.sum_of_pixels(indices, alpha, meant, counts, written)
    distortion = colors.distortion(image.colors, image.squared_opacities, palette.rgb, labels)
    return opacities.choose_opacities(counts, sums, written, distortion)


def _by_share(
    palette: Palette, labels: NDArray[np.uint8], counts: NDArray[np.int64]
) -> tuple[NDArray[np.intp], NDArray[np.uint8], NDArray[np.int64]]:
    """Order the palette by share, without entries nobody uses, and tell each entry's new place."""
    # Whole numbers under 2^53, which the sums' float64 holds.
    shares = np.bincount(labels, counts, len(palette)).astype(np.int64)
    stays = shares > 0
    stays[: palette.kept] = True
    order = np.argsort(-shares, kind="stable")
    order = order[stays[order]]
    ranks = np.zeros(256, np.uint8)
    ranks[order] = np.arange(len(order))
    return order, ranks, shares[order]


def _describe(image: Image) -> dict[str, Any]:
    raster = image.raster
    return {
        "format": raster.format,
        "width": image.width,
        "height": image.height,
        "bytes": raster.size_bytes,
        "frames": raster.frames,
        "distinct_colors": len(image.colors),
    }
