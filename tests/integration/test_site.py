from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import colorquant

ROOT = Path(__file__).parents[2]


def test_the_site_is_built_without_a_warning_and_has_every_public_name(tmp_path):
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", tmp_path]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    library = (tmp_path / "library.html").read_text()
    described = set(re.findall(r'id="colorquant\.(?:\w+\.)*(\w+)"', library))
    assert set(colorquant.__all__) - described == set()
    assert (tmp_path / "assets" / "report.jpg").is_file()
