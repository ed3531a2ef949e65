"""A notebook's cells, in the form that Jupyter, VS Code and Spyder open."""

# %%
from importlib.resources import files

import colorquant

result = colorquant.quantize((files("sklearn.datasets.images") / "flower.jpg").read_bytes())

# %% The last value of a cell is shown: the picture, its palette and why it has so many colors.
result

# %% The scores of every number of colors, ready for a table.
result.to_dict()["sweep"][:3]
