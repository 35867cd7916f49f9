"""The opt-out registry: who asked not to be contacted, and the proof of it."""
