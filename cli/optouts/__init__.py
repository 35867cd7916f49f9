"""`wurao optouts`: one file a verb."""
