"""The gRPC door; the only place that knows the wire."""
