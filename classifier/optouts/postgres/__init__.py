"""The store for several machines: its connections and its migrations."""
