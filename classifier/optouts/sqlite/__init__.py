"""The embedded store: its connections and its migrations."""
