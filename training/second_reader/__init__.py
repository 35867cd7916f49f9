"""Trains the second reader: a small encoder that reads what the linear model is not sure of."""
