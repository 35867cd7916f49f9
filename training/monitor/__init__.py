"""Holds what the service decided against a reference and says what drifted."""
