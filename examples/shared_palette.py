"""One palette for several images, such as the frames of an animation or the sprites of a game."""

from importlib.resources import files

import colorquant

images = [
    colorquant.load((files("sklearn.datasets.images") / name).read_bytes())
    for name in ("china.jpg", "flower.jpg")
]

palette = colorquant.shared_palette(images, colors=16)
results = [image.recolor(palette) for image in images]

result = results[0]
print(palette, [len(each.to_png()) for each in results])
