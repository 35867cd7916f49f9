"""Large files of turns: read in chunks, answered by several processes, resumable."""
