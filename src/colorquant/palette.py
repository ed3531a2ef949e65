"""Palette: the few colors of an image."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from colorquant.codes import Color, channels_of, hex_code
from colorquant.names import Space
from colorquant.palettes.reader import read_swatches
from colorquant.settings import Settings


class Palette:
    """A few colors, in order. Immutable.

    It can be indexed like the array that it holds: ``palette[3]`` is a color, ``palette[result.indices]`` an
    image.

    Parameters
    ----------
    colors : colors
        1 to 256 of them: ``"#e4002b"``, ``"#fff"``, names of CSS colors, or numbers from 0 to 255; in any
        iterable, an array of uint8 of shape (k, 3), or one string with commas. A repeated one counts once.

    Attributes
    ----------
    names : tuple of str
        What each color is called, in a catalog for instance; empty where they have no names.
    written : ndarray of uint8, shape (k, 3)
        What stands in a file for each color; `rgb`, unless the palette says otherwise.
    kept : int
        So many of the first colors stay in the palette of a result even where no pixel is nearest to them.
    space : str or None
        The color space that the palette was fitted in, where pixels look for their nearest color unless told
        otherwise.

    Raises
    ------
    SettingsError
        If something is not a color.

    Examples
    --------
    >>> Palette("white, #e4002b")
    Palette('#ffffff', '#e4002b')
    >>> Palette([(0, 0, 0)]).rgb
    array([[0, 0, 0]], dtype=uint8)
    """

    __slots__ = ("_rgb", "_written", "kept", "names", "space")

    _rgb: NDArray[np.uint8]
    _written: NDArray[np.uint8] | None
    names: tuple[str, ...]
    kept: int
    space: Space | None

    def __init__(self, colors: Palette | str | Iterable[Color]) -> None:
        if isinstance(colors, Palette):
            self._hold(colors.rgb, colors.names, colors.written, colors.kept, colors.space)
            return
        codes = Settings(palette=colors).palette
        self._hold(np.array([channels_of(code) for code in codes], np.uint8).reshape(-1, 3))

    @classmethod
    def read(cls, source: bytes | str | Path) -> Palette:
        r"""Read a palette file, or a catalog of any number of colors.

        Parameters
        ----------
        source : bytes, str or Path
            What GIMP, Inkscape, Krita or Adobe's programs write, a table (CSV) with a column ``color`` and
            perhaps ``code``, ``name`` and ``written``, the picture of a palette, or text with colors in it.

        Returns
        -------
        Palette
            With the names and codes that the file has.

        Raises
        ------
        SettingsError
            If there is no color in it.
        OSError
            If the file cannot be read.

        Examples
        --------
        >>> Palette.read(b"code,name,color\n310,Black,#000000\n").names
        ('310 Black',)
        """
        swatches = read_swatches(source if isinstance(source, bytes) else Path(source).read_bytes())
        names = tuple(f"{each.code} {each.name}".strip() for each in swatches)
        written = [channels_of(each.written or each.hex) for each in swatches]
        return cls.of(
            np.array([channels_of(each.hex) for each in swatches], np.uint8),
            names=names if any(names) else (),
            written=np.array(written, np.uint8) if any(each.written for each in swatches) else None,
        )

    @classmethod
    def of(
        cls,
        rgb: NDArray[np.uint8],
        *,
        names: tuple[str, ...] = (),
        written: NDArray[np.uint8] | None = None,
        kept: int = 0,
        space: Space | None = None,
    ) -> Palette:
        """Take colors that are an array (k, 3) already, however many, repeated ones too."""
        palette = cls.__new__(cls)
        cls._hold(palette, rgb, names, written, kept, space)
        return palette

    def _hold(
        self,
        rgb: NDArray[np.uint8],
        names: tuple[str, ...] = (),
        written: NDArray[np.uint8] | None = None,
        kept: int = 0,
        space: Space | None = None,
    ) -> None:
        own = np.array(rgb, np.uint8)
        own.flags.writeable = False
        held = {"_rgb": own, "_written": written, "names": names, "kept": kept, "space": space}
        for name, value in held.items():
            object.__setattr__(self, name, value)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"A Palette cannot be changed; make another one with the {name} that you want.")

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self._rgb, self.names, self._written, self.kept, self.space)

    @property
    def written(self) -> NDArray[np.uint8]:
        """What stands in a file for each color, shape (k, 3)."""
        return self.rgb if self._written is None else self._written

    def take(self, places: NDArray[np.intp], kept: int = 0, space: Space | None = None) -> Palette:
        """Give the colors in these places, with their names."""
        return Palette.of(
            self.rgb[places],
            names=tuple(self.names[place] for place in places) if self.names else (),
            written=None if self._written is None else self._written[places],
            kept=kept,
            space=space or self.space,
        )

    @property
    def rgb(self) -> NDArray[np.uint8]:
        """The colors as sRGB, shape (k, 3); read-only."""
        return self._rgb

    @property
    def hex_colors(self) -> list[str]:
        """The colors as ``#rrggbb``."""
        return [hex_code(color) for color in self.rgb.tolist()]

    def __len__(self) -> int:
        return len(self.rgb)

    def __iter__(self) -> Iterator[NDArray[np.uint8]]:
        return iter(self.rgb)

    def __getitem__(self, index: Any) -> NDArray[np.uint8]:
        chosen: NDArray[np.uint8] = self.rgb[index]
        return chosen

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.array(self.rgb, dtype, copy=True) if copy or dtype not in (None, np.uint8) else self.rgb

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Palette) and np.array_equal(self.rgb, other.rgb)

    def __hash__(self) -> int:
        return hash(self.rgb.tobytes())

    def __repr__(self) -> str:
        shown = ", ".join(repr(code) for code in self.hex_colors[:8])
        more = f", and {len(self) - 8} more" if len(self) > 8 else ""
        return f"Palette({shown}{more})"

    def _repr_html_(self) -> str:
        """Show the colors in a notebook."""
        swatches = "".join(
            f'<span title="{code}" style="background:{code};flex:1"></span>' for code in self.hex_colors
        )
        return f'<div style="display:flex;height:28px;max-width:640px">{swatches}</div>'


def _restored(
    rgb: NDArray[np.uint8],
    names: tuple[str, ...],
    written: NDArray[np.uint8] | None,
    kept: int,
    space: Space | None,
) -> Palette:
    return Palette.of(rgb, names=names, written=written, kept=kept, space=space)
