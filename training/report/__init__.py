"""The evaluation report: what a model does, where it fails, and whether it may go live."""
