from __future__ import annotations

from colorquant.report.swatches import swatches

PALETTE = [{"hex": f"#{n:02x}0000", "share": 0.2} for n in range(5)]


def test_a_pipe_gets_hex_codes_and_shares_without_escape_codes():
    text = swatches(PALETTE, colored=False)
    assert "#040000  20.0%" in text
    assert "\x1b" not in text


def test_a_terminal_gets_each_color_painted():
    assert "\x1b[48;2;4;0;0m" in swatches(PALETTE, colored=True)
