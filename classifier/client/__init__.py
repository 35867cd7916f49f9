"""What a caller uses: clients that hide channel options, retries, deadlines and tokens."""
