"""Where payloads are kept: databases, files, or both."""
