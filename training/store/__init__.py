"""The model store: versions of the model, which of them serves, and where each came from."""
