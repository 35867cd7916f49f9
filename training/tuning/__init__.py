"""Searches the recipe of the linear model by cross-validation over scenes."""
