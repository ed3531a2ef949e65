"""Palette: the few colors of an image."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from colorquant.codes import Color, channels_of, hex_code
from colorquant.errors import SettingsError
from colorquant.names import Space
from colorquant.palettes.facts import Facts, facts
from colorquant.palettes.formats import FORMATS
from colorquant.palettes.order import ORDERS, Order, places
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
    codes, names : tuple of str
        What each color is called, in a catalog for instance; empty where none has a code, or a name.
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

    __slots__ = ("_counts", "_rgb", "_written", "codes", "kept", "names", "space")

    _rgb: NDArray[np.uint8]
    _written: NDArray[np.uint8] | None
    _counts: NDArray[np.int64] | None
    codes: tuple[str, ...]
    names: tuple[str, ...]
    kept: int
    space: Space | None

    def __init__(self, colors: Palette | str | Iterable[Color]) -> None:
        if isinstance(colors, Palette):
            for slot in self.__slots__:
                object.__setattr__(self, slot, getattr(colors, slot))
            return
        codes = Settings(palette=colors).palette
        if not codes:
            raise SettingsError("A palette has at least one color.")
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
        >>> catalog = Palette.read(b"code,name,color\n310,Black,#000000\n")
        >>> catalog.codes, catalog.names
        (('310',), ('Black',))
        """
        swatches = read_swatches(source if isinstance(source, bytes) else Path(source).read_bytes())
        codes, names = ([getattr(each, what) for each in swatches] for what in ("code", "name"))
        written = [channels_of(each.written or each.hex) for each in swatches]
        return cls.of(
            np.array([channels_of(each.hex) for each in swatches], np.uint8),
            codes=tuple(codes) if any(codes) else (),
            names=tuple(names) if any(names) else (),
            written=np.array(written, np.uint8) if any(each.written for each in swatches) else None,
        )

    @classmethod
    def of(
        cls,
        rgb: NDArray[np.uint8],
        *,
        codes: tuple[str, ...] = (),
        names: tuple[str, ...] = (),
        written: NDArray[np.uint8] | None = None,
        counts: NDArray[np.int64] | None = None,
        kept: int = 0,
        space: Space | None = None,
    ) -> Palette:
        """Take colors that are an array (k, 3) already, however many, repeated ones too."""
        palette = cls.__new__(cls)
        more = {
            "codes": codes,
            "names": names,
            "written": written,
            "counts": counts,
            "kept": kept,
            "space": space,
        }
        cls._hold(palette, rgb, **more)
        return palette

    def _hold(self, rgb: NDArray[np.uint8], **more: Any) -> None:
        held = {"codes": (), "names": (), "kept": 0, "space": None} | more
        held["_rgb"] = np.array(rgb, np.uint8)
        for name in ("written", "counts"):
            values = held.pop(name, None)
            held[f"_{name}"] = None if values is None else np.array(values)
        for name, value in held.items():
            if isinstance(value, np.ndarray):
                value.flags.writeable = False
            object.__setattr__(self, name, value)

    @property
    def _more(self) -> dict[str, Any]:
        return {name.removeprefix("_"): getattr(self, name) for name in self.__slots__ if name != "_rgb"}

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"A Palette cannot be changed; make another one with the {name} that you want.")

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self._rgb, self._more)

    def take(self, places: Any, **more: Any) -> Palette:
        """Give the colors in these places, with all that is known of each.

        Parameters
        ----------
        places : sequence of int
        **more
            Other `counts`, `kept` or `space` than this palette has; none is kept unless said so.

        Returns
        -------
        Palette
        """
        held = self._more | {"kept": 0}
        for name in ("codes", "names"):
            held[name] = tuple(held[name][place] for place in places) if held[name] else ()
        for name in ("written", "counts"):
            held[name] = None if held[name] is None else held[name][places]
        return Palette.of(self.rgb[places], **(held | more))

    @property
    def rgb(self) -> NDArray[np.uint8]:
        """The colors as sRGB, shape (k, 3); read-only."""
        return self._rgb

    @property
    def written(self) -> NDArray[np.uint8]:
        """What stands in a file for each color, shape (k, 3); `rgb`, unless the palette says otherwise."""
        return self.rgb if self._written is None else self._written

    @property
    def counts(self) -> NDArray[np.int64]:
        """Pixels of each color, shape (k,); one each where nobody counted."""
        return np.ones(len(self), np.int64) if self._counts is None else self._counts

    @property
    def shares(self) -> list[float]:
        """Part of the pixels that has each color; sums to 1."""
        pixels = int(self.counts.sum())
        return [count / pixels for count in self.counts.tolist()] if pixels else [0.0] * len(self)

    @property
    def hex_colors(self) -> list[str]:
        """The colors as ``#rrggbb``."""
        return [hex_code(color) for color in self.rgb.tolist()]

    @property
    def facts(self) -> Facts | None:
        """What pages want to know: the dominant, lightest, most colorful color and so on, and text colors.

        None where there is no color.
        """
        return facts(self.rgb, self.shares) if len(self) else None

    @property
    def entries(self) -> list[dict[str, Any]]:
        """Each color in what JSON can hold.

        ``hex``, ``share``, ``count``, ``text``, the color of text on it, and its ``contrast``; and where it
        has them ``code``, ``name`` and ``written``.
        """
        entries: list[dict[str, Any]] = [
            {"hex": code, "share": share} for code, share in zip(self.hex_colors, self.shares, strict=True)
        ]
        told = self.facts
        columns = {
            "count": () if self._counts is None else self._counts.tolist(),
            "code": self.codes,
            "name": self.names,
            "written": () if self._written is None else map(hex_code, self._written.tolist()),
            "text": told.text if told else (),
            "contrast": told.contrast if told else (),
        }
        for name, values in columns.items():
            for entry, value in zip(entries, values, strict=False):
                entry[name] = value
        return entries

    def sorted(self, by: Order) -> Palette:
        """Give the colors in another order.

        Parameters
        ----------
        by : str
            ``"share"``: most used first. ``"lightness"``: darkest first. ``"hue"``: grays from dark to light,
            and then the hues from red over yellow, green and blue to magenta.

        Returns
        -------
        Palette

        Raises
        ------
        SettingsError
            If there is no such order.

        Examples
        --------
        >>> Palette("lime, white, red, black").sorted("hue")
        Palette('#000000', '#ffffff', '#ff0000', '#00ff00')
        """
        if by not in ORDERS:
            known = ", ".join(ORDERS)
            raise SettingsError("{by!r} is no order of colors. There are {known}.", by=by, known=known)
        return self.take(places(self.rgb, self.shares, by))

    def encode(self, kind: str) -> bytes:
        r"""Give the palette as a file.

        Parameters
        ----------
        kind : str
            ``"json"``, ``"css"``, ``"gpl"``, ``"ase"``, ``"aco"``, ``"csv"``, ``"hex"`` or ``"png"``. Codes
            and names are in json, csv, gpl, ase and aco; what is written in json and csv; counts in json.

        Returns
        -------
        bytes

        Raises
        ------
        SettingsError
            If there is no such format.

        Examples
        --------
        >>> Palette("red, white").encode("hex")
        b'#ff0000\n#ffffff\n'
        """
        if kind not in FORMATS:
            known = ", ".join(FORMATS)
            raise SettingsError(
                "{kind!r} is no format of palettes. There are {known}.", kind=kind, known=known
            )
        return FORMATS[kind].write(self.entries)

    def save(self, path: str | Path) -> None:
        """Write a palette file.

        Parameters
        ----------
        path : str or Path
            Its ending is one of the formats of `encode`. An existing file is replaced.

        Raises
        ------
        SettingsError
            If it ends otherwise.
        """
        Path(path).write_bytes(self.encode(Path(path).suffix.lower().removeprefix(".")))

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


def _restored(rgb: NDArray[np.uint8], more: dict[str, Any]) -> Palette:
    return Palette.of(rgb, **more)
