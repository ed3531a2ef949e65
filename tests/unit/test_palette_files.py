from __future__ import annotations

import io
import json
import re
import struct
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.GimpPaletteFile import GimpPaletteFile
from swatch.swatch import load_aco_file

from colorquant import Palette, Settings, SettingsError, quantize
from colorquant.palettes.formats import FORMATS, Swatch
from colorquant.palettes.reader import read_swatches

CODES = st.lists(st.integers(0, 0xFFFFFF).map("#{:06x}".format), min_size=1, max_size=255, unique=True)
BRAND = ["#e4002b", "#ffffff", "#000000", "#0080ff"]


def read_palette(data):
    return tuple(Palette.read(data).hex_colors)


def palette(codes):
    return [{"hex": code, "share": 1 / len(codes), "count": 1} for code in codes]


@given(CODES)
def test_gimp_s_palette_is_read_by_pillow(codes):
    colors = GimpPaletteFile(io.BytesIO(FORMATS["gpl"].write(palette(codes)))).palette[: 3 * len(codes)]
    assert colors == bytes.fromhex("".join(code[1:] for code in codes))


@given(CODES)
def test_photoshop_s_swatches_are_read_by_another_reader(codes):
    read = load_aco_file(io.BytesIO(FORMATS["aco"].write(palette(codes))))
    # Sixteen bits a channel, each the eight bits twice.
    assert [color.color_hex for color in read] == [
        "#" + "".join(2 * code[at : at + 2] for at in (1, 3, 5)).upper() for code in codes
    ]
    assert [color.name for color in read] == codes


def read_ase(data):
    """Read an Adobe Swatch Exchange file by the layout that its users worked out."""
    signature, major, minor, blocks = struct.unpack(">4sHHI", data[:12])
    assert (signature, major, minor) == (b"ASEF", 1, 0)
    stream, colors = io.BytesIO(data[12:]), {}
    for _ in range(blocks):
        kind, length = struct.unpack(">HI", stream.read(6))
        assert kind == 0x0001
        block = io.BytesIO(stream.read(length))
        (characters,) = struct.unpack(">H", block.read(2))
        name = block.read(2 * characters).decode("utf-16-be")
        assert name.endswith("\0")
        model, *channels, sort = struct.unpack(">4sfffH", block.read())
        assert (model, sort) == (b"RGB ", 2)
        colors[name[:-1]] = channels
    assert stream.read() == b""
    return colors


@given(CODES)
def test_adobe_s_swatches_have_every_name_and_color(codes):
    read = read_ase(FORMATS["ase"].write(palette(codes)))
    assert list(read) == codes
    for code, channels in read.items():
        assert bytes(round(255 * channel) for channel in channels).hex() == code[1:]


@given(CODES)
def test_the_strip_has_every_color_in_order(codes):
    strip = np.asarray(Image.open(io.BytesIO(FORMATS["png"].write(palette(codes)))))
    assert (strip == strip[0]).all()
    shown = ["#" + bytes(pixel).hex() for pixel in strip[0]]
    assert list(dict.fromkeys(shown)) == codes


def test_the_strip_is_as_wide_for_each_color_as_its_share():
    colors = [{"hex": "#ff0000", "share": 0.75}, {"hex": "#0000ff", "share": 0.25}]
    strip = np.asarray(Image.open(io.BytesIO(FORMATS["png"].write(colors))))
    assert (strip[0, :, 0] == 255).mean() == pytest.approx(0.75, abs=0.005)


def test_css_variables_are_numbered():
    css = FORMATS["css"].write(palette(BRAND)).decode()
    assert re.findall(r"^  --color-(\d): (#\w+); /\* 25\.0% \*/$", css, re.MULTILINE) == [
        (str(number), code) for number, code in enumerate(BRAND, 1)
    ]


def test_json_has_what_the_palette_has():
    assert json.loads(FORMATS["json"].write(palette(BRAND))) == palette(BRAND)


@pytest.mark.parametrize("kind", FORMATS)
@given(CODES)
def test_what_is_written_is_read_again(kind, codes):
    assert list(read_palette(FORMATS[kind].write(palette(codes)))) == codes


@pytest.mark.parametrize("text", ["#e4002b #fff", "e4002b,ffffff", "a { color: #E4002B; background: #fff }"])
def test_colors_are_found_in_text(text):
    assert read_palette(text.encode()) == ("#e4002b", "#ffffff")


def test_a_palette_of_gimp_s_own_is_read():
    gpl = b"GIMP Palette\nName: 10 reds\nColumns: 4\n# 1 2 3\n228   0  43\tRed 1\n255 255 255\n"
    assert read_palette(gpl) == ("#e4002b", "#ffffff")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no colors here",
        b"ASEF\0\1\0\0\0\0\0\5",
        b"\0\1\0\7\0\0",
        b"\0\1\0\1\0\2" + bytes(8),
        b"\x89PNG\r\n\x1a\nrest",
        b"GIMP Palette\n300 0 0\tRed",
        b"\xff\xfe\x00",
        b"\0" * 10_000_001,
        b"[" * 100_000,
        b"code,name,color\n" + b"1" * 200_000 + b",,red\n",
    ],
)
def test_what_is_no_palette_is_refused_in_a_sentence(data):
    with pytest.raises(SettingsError, match=r"palette|is not a color"):
        read_palette(data)


def test_a_photo_is_no_palette(photo_bytes):
    with pytest.raises(SettingsError, match="more than 256 colors"):
        read_palette(photo_bytes)


CALLED = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12).filter(
    lambda text: not text.startswith("#")
)
CATALOGS = st.lists(
    st.fixed_dictionaries(
        {"hex": CODES.map(lambda codes: codes[0])},
        optional={"code": CALLED, "name": CALLED, "written": CODES.map(lambda codes: codes[0])},
    ),
    min_size=1,
    max_size=9,
)


@pytest.mark.parametrize("kind", ["json", "csv"])
@given(CATALOGS)
def test_codes_names_and_what_is_written_come_back(kind, catalog):
    swatches = read_swatches(FORMATS[kind].write([color | {"share": 0.1} for color in catalog]))
    assert [{name: value for name, value in asdict(each).items() if value} for each in swatches] == catalog


@pytest.mark.parametrize("kind", ["gpl", "ase", "aco"])
@given(CATALOGS)
def test_where_one_name_has_room_it_is_code_and_name(kind, catalog):
    swatches = read_swatches(FORMATS[kind].write([color | {"share": 0.1} for color in catalog]))
    assert [(each.hex, each.name) for each in swatches] == [
        (color["hex"], " ".join(color[name] for name in ("code", "name") if name in color))
        for color in catalog
    ]


@pytest.mark.parametrize("kind", ["json", "csv"])
@given(CATALOGS)
def test_a_palette_that_was_saved_is_read_again(kind, catalog):
    palette = Palette.read(json.dumps(catalog).encode())
    again = Palette.read(palette.encode(kind))
    assert (again, again.codes, again.names) == (palette, palette.codes, palette.names)
    np.testing.assert_array_equal(again.written, palette.written)


@pytest.mark.parametrize(
    "table",
    [
        "code,name,color\n310,Rot,#E4002B\nB5200,Blanc,#fff\n",
        "Name;Hex;ID\r\nRot;e4002b;310\r\n\r\nBlanc;white;B5200\r\n",
        "\ufeffnumber\tr\tg\tb\tname\n310\t228\t0\t43\tRot\nB5200\t255\t255\t255\tBlanc\n",
        'name,rgb,code\nRot,"228, 0, 43",310\nBlanc,"rgb(255,255,255)",B5200\n',
    ],
)
def test_a_table_with_code_name_and_color_is_read_in_any_order_of_its_columns(table):
    assert read_swatches(table.encode()) == [
        Swatch("#e4002b", "Rot", "310"),
        Swatch("#ffffff", "Blanc", "B5200"),
    ]


def test_a_row_without_a_color_is_named():
    with pytest.raises(SettingsError, match=r"row 3: 'reed' is not a color"):
        read_palette(b"code,color\n1,red\n2,reed\n")


def test_the_description_of_a_result_is_a_palette(photo_bytes):
    result = quantize(photo_bytes, Settings(colors=5))
    assert list(read_palette(result.to_json().encode())) == result.hex_colors


def test_a_list_of_codes_and_names_in_json_is_a_palette():
    assert read_palette(b'["#E4002B", "white"]') == ("#e4002b", "#ffffff")


def test_a_catalog_may_have_more_colors_than_an_image():
    rows = "".join(f"{number},#{number:06x}\n" for number in range(400))
    assert len(read_swatches(f"code,color\n{rows}".encode())) == 400
    with pytest.raises(SettingsError, match="palette has 400 colors; at most 256"):
        Settings(palette=Palette.read(f"code,color\n{rows}".encode()))


def test_the_pages_name_every_format():
    root = Path(__file__).parents[2]
    readme, page = (root / "README.md").read_text(), (root / "docs" / "command.md").read_text()
    assert [name for name in FORMATS if not re.search(rf"\b{name}\b", readme)] == []
    assert [name for name, each in FORMATS.items() if f"| `{name}` | {each.purpose}" not in page] == []


def test_a_table_has_the_columns_that_are_known():
    assert FORMATS["csv"].write(palette(["#e4002b", "#ffffff"])).decode().splitlines() == [
        "color,share",
        "#e4002b,0.500000",
        "#ffffff,0.500000",
    ]


def test_a_palette_is_saved_as_its_file_is_named(tmp_path):
    Palette("red, white").save(tmp_path / "p.GPL")
    assert Palette.read(tmp_path / "p.GPL") == Palette("red, white")
    with pytest.raises(SettingsError, match="'jpg' is no format of palettes"):
        Palette("red").save(tmp_path / "p.jpg")


def test_what_json_leaves_empty_is_no_name():
    assert read_swatches(b'[{"hex": "#fff", "name": null, "code": 0}]') == [Swatch("#ffffff", code="0")]


def test_a_picture_of_many_pixels_is_no_palette():
    buffer = io.BytesIO()
    Image.new("1", (20_000, 10_000)).save(buffer, "PNG")
    with pytest.raises(SettingsError, match="exceeds limit"):
        read_palette(buffer.getvalue())


def test_codes_are_found_in_json_of_any_shape():
    assert read_palette(b'{"brand": {"primary": "#e4002b", "paper": "#fff"}}') == ("#e4002b", "#ffffff")


@pytest.mark.parametrize("data", [b"[]", b'{"palette": []}', b"code,color\n"])
def test_a_file_without_colors_is_not_a_palette(data):
    with pytest.raises(SettingsError, match=r"palette"):
        read_palette(data)


def test_what_to_write_for_a_color_is_read():
    assert read_swatches(b"color,written\n#30302f,black\n#e8e8e0,\n") == [
        Swatch("#30302f", written="#000000"),
        Swatch("#e8e8e0"),
    ]
    assert read_swatches(b'[{"hex": "#30302f", "written": "#000"}]') == [Swatch("#30302f", written="#000000")]
