"""The decision log: a masked, encrypted sample of what the service decided, for those who watch."""
