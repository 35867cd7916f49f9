"""The gRPC door; only `client` and `messages` know the wire too."""
