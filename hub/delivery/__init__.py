"""Packs for consumers: the data of each in its own structure, with all that is needed to use it."""
