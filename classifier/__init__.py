"""Everything that the running service needs, and nothing else."""
