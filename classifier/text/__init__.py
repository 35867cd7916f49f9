"""Turn and context to features: the only place that touches text."""
