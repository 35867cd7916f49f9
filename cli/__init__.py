"""The command `wurao`: one file a verb, no logic."""
