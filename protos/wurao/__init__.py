"""The contract of Wurao."""
