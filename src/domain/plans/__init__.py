"""Plan versions: their series, KPIs, digests and life cycle."""
