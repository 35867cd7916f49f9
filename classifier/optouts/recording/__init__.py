"""What a write does inside its transaction: a subject found, an opt-out recorded or revoked."""
