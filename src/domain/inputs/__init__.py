"""Input sets: immutable revisions, the approvals that make one live, and their history."""
