"""What keeps the registry in order: purges and new keys."""
