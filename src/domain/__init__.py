"""Rules: what a plan, an input set and an approval are. Standard library only."""
