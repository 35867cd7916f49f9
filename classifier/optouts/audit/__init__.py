"""Holds the registry to its events: the chain, what is beside it, what is derived from it."""
