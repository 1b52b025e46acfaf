"""Runs and jobs: who computed what, when, and how it ended."""
