"""Storage: where the payload of plans lies, and whether its copies agree."""
