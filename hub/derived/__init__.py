"""Indicators that the hub computes from what is released, and releases as its own.

``definitions`` what they are, ``formula`` and ``compute`` how they are computed, ``publish`` when
and under whose name, ``lineage`` what each of them was computed from.
"""
