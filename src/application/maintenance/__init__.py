"""Use cases of maintenance."""
