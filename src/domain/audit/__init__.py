"""Whether the ledger still says what was written into it."""
