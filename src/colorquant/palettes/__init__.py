"""Palettes by themselves: the files that programs exchange, their order, and facts about them."""
