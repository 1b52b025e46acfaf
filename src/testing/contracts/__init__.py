"""Contract suites: what every adapter of the ports promises, as plain test functions over ``unit_of_work``."""
