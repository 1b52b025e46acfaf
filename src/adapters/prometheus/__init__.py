"""Counts what happens, for Prometheus."""
