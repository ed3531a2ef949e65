"""What a quantization gives."""

from __future__ import annotations

import base64
import io
import json
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from colorquant.engine.losses import Loss, with_loss
from colorquant.engine.opacities import Opacities
from colorquant.engine.scores import Score
from colorquant.engine.spaces import SPACES
from colorquant.errors import SettingsError
from colorquant.image.encode import encode_png, encode_webp, recolored
from colorquant.palette import Palette
from colorquant.palettes.facts import Facts
from colorquant.settings import Settings

if TYPE_CHECKING:
    from PIL.Image import Image as PillowImage


@dataclass(frozen=True, eq=False, repr=False)
class Quantized:
    """An image in few colors, and how they were chosen. Immutable.

    Two are equal if they show the same picture: the same size, colors and transparency.

    Attributes
    ----------
    indices : ndarray of uint8, shape (H, W)
        Palette entry of each pixel; 0 where the pixel is fully transparent.
    palette : Palette
        Most used first; its counts are those of the visible pixels.
    alpha : ndarray of uint8, shape (H, W), or None
        The input's transparency; None where every pixel is opaque.
    opacities : Opacities or None
        What each color at each opacity comes to; None where all stay as they are.
    sweep : tuple of Score
        What each number of colors scored; empty where none was searched for.
    measure : str
        The field of `Score` that decided; empty where no number was searched for.
    reason : str
        Why this number of colors, in a sentence or two.
    loss : Loss or None
        The hue that most pixels lose to another one or to gray, such as ``"red"``, and their share; None
        where hardly any does.
    source : dict
        ``format``, ``width``, ``height``, ``bytes`` and ``frames`` of the input and its
        ``distinct_colors``.
    settings : Settings
    timings_ms : dict of str to float
        Milliseconds of each stage.
    warnings : tuple of str
        What was ignored in the input, such as a broken color profile or the frames after the first, a
        sentence each.
    """

    indices: NDArray[np.uint8]
    palette: Palette
    alpha: NDArray[np.uint8] | None
    opacities: Opacities | None
    sweep: tuple[Score, ...]
    measure: str
    reason: str
    loss: Loss | None
    source: dict[str, Any]
    settings: Settings
    timings_ms: dict[str, float]
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        table = None if self.opacities is None else self.opacities.table
        for array in (self.indices, self.alpha, table):
            if array is not None:
                array.flags.writeable = False

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.__post_init__()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Quantized):
            return NotImplemented
        return self.indices.shape == other.indices.shape and np.array_equal(
            self.to_pixels(), other.to_pixels()
        )

    __hash__ = None  # type: ignore[assignment]

    @property
    def verdict(self) -> str:
        """Why this number of colors, and what is lost, in a sentence or two."""
        return with_loss(self.reason, self.loss)

    def __repr__(self) -> str:
        height, width = self.indices.shape
        return f"Quantized({width}x{height} in {self.colors} colors, verdict={self.verdict!r})"

    @property
    def colors(self) -> int:
        """Number of colors in the palette, k."""
        return len(self.palette)

    @property
    def hex_colors(self) -> list[str]:
        """The palette as ``#rrggbb``, most used first."""
        return self.palette.hex_colors

    @property
    def counts(self) -> NDArray[np.int64]:
        """Visible pixels of each color, shape (k,)."""
        return self.palette.counts

    @property
    def shares(self) -> list[float]:
        """Part of the visible pixels that has each color; sums to 1."""
        return self.palette.shares

    @property
    def facts(self) -> Facts | None:
        """The palette's facts; None where no pixel is visible."""
        return self.palette.facts

    def merged(self, first: int, *others: int) -> Palette:
        """Give a palette in which some of the colors are one: what their pixels mix to in the color space.

        Parameters
        ----------
        first, *others : int
            Places in `palette`.

        Returns
        -------
        Palette
            The mixed color comes first. Named colors, such as those of a catalog, cannot be mixed; there the
            most used one of them stays.

        Examples
        --------
        >>> import colorquant
        >>> greys = np.uint8([[[0] * 3, [20] * 3, [240] * 3]])
        >>> colorquant.quantize(greys, color_space="rgb").merged(0, 1)
        Palette('#0a0a0a', '#f0f0f0')
        """
        places = np.unique(np.arange(self.colors)[[first, *others]])
        rest = np.setdiff1d(np.arange(self.colors), places)
        if self.palette.codes or self.palette.names:
            # The most used come first.
            return self.palette.take(np.concatenate([places[:1], rest]))
        space = SPACES[self.settings.space]
        mixed = np.average(space.from_srgb(self.palette.rgb[places]), axis=0, weights=self.counts[places])
        rgb = np.concatenate([space.palette(mixed[None]), self.palette.rgb[rest]])
        return Palette.of(rgb, space=self.settings.space)

    @property
    def media_type(self) -> str:
        """What `encode` gives: ``"image/png"`` or ``"image/webp"``."""
        return f"image/{self.settings.output_format}"

    @property
    def suffix(self) -> str:
        """The ending of a file that holds what `encode` gives: ``".png"`` or ``".webp"``."""
        return f".{self.settings.output_format}"

    @property
    def larger(self) -> bool:
        """Whether what `encode` gives has more bytes than the input had."""
        return len(self.encode()) > int(self.source["bytes"])

    def encode(self) -> bytes:
        """Encode the image as the settings' `output_format` says; the same bytes each time.

        Returns
        -------
        bytes
            As from `to_png` or `to_webp`.

        Raises
        ------
        ImageTooLargeError
            If it is to be a WebP and a side has more than 16383 pixels.
        """
        return self.to_webp() if self.settings.output_format == "webp" else self.to_png()

    def to_pixels(self) -> NDArray[np.uint8]:
        """Give the recolored pixels.

        Returns
        -------
        ndarray of uint8, shape (H, W, 3), or (H, W, 4) where there is transparency
        """
        # An image without a visible pixel has no palette, and what is recolored is black anyway.
        rgb = self.palette.written if self.colors else np.zeros((1, 3), np.uint8)
        return recolored(self.indices, rgb, self.alpha, self._shown)

    def to_pil(self) -> PillowImage:
        """Give the image to Pillow: mode P, or RGBA where there are more than 256 colors with opacities.

        Returns
        -------
        PIL.Image.Image
        """
        from PIL import Image  # noqa: PLC0415 - only those who ask for it wait for Pillow

        return Image.open(io.BytesIO(self.to_png()))

    def to_png(self) -> bytes:
        """Encode the image as a PNG; the same bytes each time.

        Returns
        -------
        bytes
            An indexed PNG, or RGBA where there are more than 256 colors with opacities.
        """
        return self._png

    @cached_property
    def _png(self) -> bytes:
        return encode_png(self.indices, self.palette.written, self.alpha, self._shown)

    @property
    def _shown(self) -> NDArray[np.uint16] | None:
        return None if self.opacities is None else self.opacities.table

    def to_webp(self) -> bytes:
        """Encode the image as a lossless WebP; the same bytes each time.

        Returns
        -------
        bytes

        Raises
        ------
        ImageTooLargeError
            If a side has more than 16383 pixels.
        """
        return self._webp

    @cached_property
    def _webp(self) -> bytes:
        return encode_webp(self.to_pixels())

    def to_dict(self) -> dict[str, Any]:
        """Describe the result without its pixels, in what JSON can hold.

        Returns
        -------
        dict
            ``colors``, ``palette`` (its entries, with ``opacities``, those that each is written at, where
            they were chosen), ``criterion``, ``measure`` (the column of ``sweep`` that decided),
            ``verdict``, ``loss`` (``hue`` and ``share``, or None), ``sweep``, ``source``, ``encoded`` (its
            ``bytes``, and whether it is ``larger`` than the input), ``warnings``, ``facts``, ``settings`` and
            ``timings_ms``.
        """
        palette = self.palette.entries
        for entry, levels in zip(palette, self.opacities.levels if self.opacities else (), strict=False):
            entry["opacities"] = list(levels)
        told = self.facts
        return {
            "colors": self.colors,
            "palette": palette,
            "criterion": self.settings.criterion,
            "measure": self.measure,
            "verdict": self.verdict,
            "loss": self.loss and asdict(self.loss),
            "sweep": [asdict(score) for score in self.sweep],
            "source": self.source,
            "encoded": {"bytes": len(self.encode()), "larger": self.larger},
            "warnings": list(self.warnings),
            "facts": told
            and {name: value for name, value in asdict(told).items() if name not in {"text", "contrast"}},
            "settings": asdict(self.settings),
            "timings_ms": {stage: round(spent, 3) for stage, spent in self.timings_ms.items()},
        }

    def to_json(self) -> str:
        """Give `to_dict` as indented JSON text."""
        return json.dumps(self.to_dict(), indent=2) + "\n"

    def _repr_png_(self) -> bytes:
        """Show the image in a notebook."""
        return self.to_png()

    def _repr_html_(self) -> str:
        """Show the image, its palette and the verdict in a notebook."""
        import html  # noqa: PLC0415 - only notebooks wait for it

        picture = base64.b64encode(self.to_png()).decode()
        swatches = "".join(
            f'<span title="{code} {share:.1%}" style="background:{code};flex:{share:.6f} 0 4px"></span>'
            for code, share in zip(self.hex_colors, self.shares, strict=True)
        )
        return (
            f'<figure style="margin:0;max-width:640px"><img alt="The image in {self.colors} colors." '
            f'style="display:block;width:100%" src="data:image/png;base64,{picture}">'
            f'<div style="display:flex;height:28px">{swatches}</div>'
            f"<figcaption>{html.escape(self.verdict)}</figcaption></figure>"
        )

    def save(self, path: str | Path) -> None:
        """Write the image to a file.

        Parameters
        ----------
        path : str or Path
            ``.png`` or ``.webp`` at its end chooses the format; without an ending the settings'
            `output_format` does. An existing file is replaced.

        Raises
        ------
        SettingsError
            If the file's name ends like another kind of file.
        """
        path = Path(path)
        ways = {".png": self.to_png, ".webp": self.to_webp, "": self.encode}
        if path.suffix.lower() not in ways:
            raise SettingsError(
                "{name!r} does not end like an image that can be written. Name it .png or .webp.",
                name=path.name,
            )
        path.write_bytes(ways[path.suffix.lower()]())
