"""Plans in files: immutable folders, each named by the digest of what it holds."""
