"""The verbs of `wurao data`."""
