"""Which of the allocators that Arrow brings holds its columns, and when memory is given back.

Blocks come and go by the megabyte. jemalloc keeps their pages for the next block where mimalloc
gives them back and has to ask for new ones, which the kernel clears first.
"""

from __future__ import annotations

import ctypes
import os

import pyarrow as pa

__all__ = ["choose_pool", "give_back"]


def choose_pool() -> None:
    """Use jemalloc where Arrow has it and the environment names no other.

    ``ARROW_DEFAULT_MEMORY_POOL`` is Arrow's own variable.
    """
    named = os.environ.get("ARROW_DEFAULT_MEMORY_POOL")
    if not named and "jemalloc" in pa.supported_memory_backends():
        pa.set_memory_pool(pa.jemalloc_memory_pool())


def give_back() -> None:
    """Return memory that is free to the system: what one step used up, the next may not need.

    Threads that have ended leave free memory behind that no other thread uses.
    """
    pa.default_memory_pool().release_unused()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it, others need not
    if trim is not None:
        trim(0)
