"""The opt-out registry over gRPC."""
