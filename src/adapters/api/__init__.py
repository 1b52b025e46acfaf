"""The HTTP API: Litestar over the planner."""
