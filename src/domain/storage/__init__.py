"""Storage: where payloads lie, whether their copies agree, and how a store is taken out whole."""
