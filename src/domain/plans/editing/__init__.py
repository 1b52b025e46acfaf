"""Editing plans: values that replace those of cells, what they spread to, and what is kept from them."""
