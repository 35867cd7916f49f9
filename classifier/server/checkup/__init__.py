"""Looks a deployment over before callers do: settings, files, ports, machine, registry."""
