"""Rules of storage: what a store keeps for how long, and how it is taken out whole."""
