"""For test authors: contract suites for adapters, builders, clocks, stores to test on.

The suites in ``contracts`` are plain test functions over one fixture, ``unit_of_work``, that answers a factory over an
empty store.  To hold an adapter of your own to them, define that fixture and import the suites into a test module:
``from planvault.testing.contracts.plans import *``.  Needs the extra ``testing``.
"""
