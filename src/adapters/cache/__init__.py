"""What was computed, kept in files for a while."""
