"""Structural metadata: the set a hub knows, its views, its messages and its schemas."""
