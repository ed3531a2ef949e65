"""From pixels to a palette and indices, as a program that computes with them has them."""

import numpy as np
from sklearn.datasets import load_sample_image

import colorquant

pixels = load_sample_image("flower.jpg")  # (height, width, 3) uint8, sRGB

result = colorquant.quantize(pixels)

recolored = result.palette[result.indices]
error = np.sqrt(((recolored.astype(float) - pixels) ** 2).mean())
print(f"{result.colors} colors, root mean square error {error:.1f} of 255")
for code, share in zip(result.hex_colors, result.shares, strict=True):
    print(f"{code} {share:6.1%}")
