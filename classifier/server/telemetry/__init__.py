"""What operators see: call log, metrics, traces."""
