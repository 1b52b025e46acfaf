"""Storage: where payloads are kept, and how plans move from one place to another."""
