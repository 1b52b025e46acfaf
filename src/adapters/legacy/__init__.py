"""The shapes of the legacy system."""
