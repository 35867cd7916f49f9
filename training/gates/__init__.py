"""What a model must show before it may serve, and the comparison of two models."""
