"""The reference planning engine, and how engines are run."""
