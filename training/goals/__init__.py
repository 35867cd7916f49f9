"""Measures this model and its baselines against the goals of the project."""
