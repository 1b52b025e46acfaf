"""Steps: one use case per module, and the ports about running them."""
