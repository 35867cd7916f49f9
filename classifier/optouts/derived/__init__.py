"""What is derived from the events: a table each, and what is read in it."""
