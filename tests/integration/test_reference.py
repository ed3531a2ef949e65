from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_the_reference_is_written_without_a_warning(tmp_path):
    done = subprocess.run(
        [sys.executable, str(ROOT / "docs" / "reference.py"), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    front = (tmp_path / "colorquant.html").read_text()
    assert 'id="quantize"' in front
    assert 'id="Settings.max_colors"' in front
    assert (tmp_path / "colorquant" / "engine" / "dither.html").is_file()
