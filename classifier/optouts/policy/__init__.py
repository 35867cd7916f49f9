"""What laws and the house ask, and what people are told."""
