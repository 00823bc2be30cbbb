"""Measurements of the hub beside its peers: ``make bench``. See docs/performance.md."""
