"""How fast the slider is, where somebody asks: COLORQUANT_TIMES=1 make test-browser."""

from __future__ import annotations

import io
import os

import numpy as np
import pytest
from PIL import Image

from tests.browser.studio_page import choose, file, wait_for_curve

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif("COLORQUANT_TIMES" not in os.environ, reason="set COLORQUANT_TIMES=1 to measure"),
]
# Milliseconds from the slider's input until the picture was painted and the browser has shown a frame of it.
SLIDE = """async numbers => {
    const slider = document.getElementById('number');
    const frame = () => new Promise(requestAnimationFrame);
    const shown = () => { const port = new MessageChannel(); return new Promise(done => {
        port.port1.onmessage = done; requestAnimationFrame(() => port.port2.postMessage(null)); }); };
    const times = [];
    for (const number of numbers) {
        await frame();
        const start = performance.now();
        slider.value = number;
        slider.dispatchEvent(new Event('input'));
        // The look is taken up in one frame and painted in the next.
        await frame();
        await shown();
        times.push(performance.now() - start);
    }
    return times;
}"""


def test_times_of_the_slider_on_a_photograph_of_twelve_megapixels(visit, studio, photo, capsys):
    large = Image.fromarray(photo).resize((4000, 3000), Image.Resampling.LANCZOS)
    # Grain, so that it has as many colors as a photograph of that size.
    grain = np.random.default_rng(1).normal(0, 3, (3000, 4000, 1))
    pixels = (np.asarray(large) + grain).clip(0, 255).astype(np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "JPEG", quality=92)
    page = visit(studio, viewport={"width": 1440, "height": 900}).page
    page.set_default_timeout(120_000)
    choose(page, file("large.jpg", buffer.getvalue(), "image/jpeg"))
    wait_for_curve(page)
    # All palettes are there once the last of the background has come.
    page.wait_for_load_state("networkidle")
    numbers = [*range(63), *range(62, -1, -1)]
    times = np.array(page.evaluate(SLIDE, numbers))
    with capsys.disabled():
        median, most = np.percentile(times, [50, 95])
        print(f"\nslider, 12 megapixels: median {median:.0f} ms, 95 % under {most:.0f} ms")
