from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import colorquant

PACKAGE = Path(colorquant.__file__).parent
# Who may import whom: a room imports only rooms further down.
FLOORS = [
    ("cli", "aws", "local", "operate", "studio"),
    ("report", "makers"),
    ("pipeline",),
    ("choice", "result"),
    ("swept",),
    ("palette",),
    ("image", "engine", "palettes"),
    ("stopwatch", "cores"),
    ("settings",),
    ("kinds",),
    ("codes", "names"),
    ("errors",),
]
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
# The command line runs the operators' tools and the studio, the local stack the handler, and the studio shows
# a service.
SIDEWAYS = {
    ("cli", "operate"),
    ("cli", "studio"),
    ("local", "aws"),
    ("studio", "aws"),
    ("studio", "local"),
}


def rooms_imported(path: Path) -> set[str]:
    modules = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module:
            modules |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
    parts = [module.split(".") for module in modules]
    return {part[1] for part in parts if part[0] == "colorquant" and len(part) > 1} & FLOOR.keys()


def module_files():
    return [path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE or path.stem in FLOOR]


@pytest.mark.parametrize("path", module_files(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_room_imports_only_rooms_below_it(path):
    room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    upward = {
        other
        for other in rooms_imported(path) - {room}
        if FLOOR[other] <= FLOOR[room] and (room, other) not in SIDEWAYS
    }
    assert not upward


def test_importing_colorquant_loads_no_heavy_library():
    code = (
        "import sys, colorquant; print([m for m in ('numpy', 'cv2', 'sklearn', 'PIL') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_quantizing_a_plain_png_or_jpeg_loads_neither_pillow_nor_what_only_large_images_need(suffix):
    code = (
        "import sys, cv2, numpy, colorquant; "
        "picture = numpy.random.default_rng(0).integers(0, 256, (90, 90, 3), numpy.uint8); "
        f"data = cv2.imencode('{suffix}', picture)[1].tobytes(); "
        "colorquant.quantize(data).to_png(); "
        "print([m for m in ('PIL', 'concurrent.futures', 'importlib.resources') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_function_is_not_hidden_by_a_module_of_its_name():
    code = "import colorquant.pipeline, colorquant; print(callable(colorquant.quantize))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
