"""Wiring: settings, container, runtime. The only layer that sees everything."""
