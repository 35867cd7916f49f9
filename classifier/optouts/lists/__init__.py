"""Lists of opt-outs as files: CSV and JSON Lines, in and out."""
