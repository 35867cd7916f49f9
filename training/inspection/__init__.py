"""Looks a data set over for people: what is broken, what looks mislabelled, what moved."""
