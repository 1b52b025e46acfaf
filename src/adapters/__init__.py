"""Technologies, side by side; none imports another."""
