"""Who acts, in which roles, and how that was verified."""
