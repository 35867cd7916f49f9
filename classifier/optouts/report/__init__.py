"""The monthly report for a regulator or a board."""
