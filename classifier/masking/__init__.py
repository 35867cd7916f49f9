"""Takes personal data out of what people said before it is kept, read or labelled."""
