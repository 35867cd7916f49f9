"""Events, what they hold, and the tables they change."""
