"""Labelled data set in, model bundle and evaluation out."""
