"""Everything in this process, and nothing after it: for tests and for trying things out."""
