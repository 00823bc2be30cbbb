"""Which allocators hold columns, and how long they keep what is given back.

Blocks come and go by the megabyte. A page that is given back to the kernel has to be asked for
anew, and the kernel clears it first: for a message read at full speed that is a tenth of the work.
"""

from __future__ import annotations

import ctypes
import os
from functools import cache

import pyarrow as pa

__all__ = ["choose_pool", "keep_freed"]

#: Bytes from which an allocation is a mapping of its own, and bytes that are kept when they are
#: free: what glibc has as ``M_MMAP_THRESHOLD`` and ``M_TRIM_THRESHOLD`` (mallopt(3)).
_MAPPED, _KEPT = (-3, 32 << 20), (-1, 64 << 20)


def choose_pool() -> None:
    """Use jemalloc where Arrow has it and the environment names no other.

    It keeps the pages of a block for the next one; mimalloc does not. ``ARROW_DEFAULT_MEMORY_POOL``
    is Arrow's own variable.
    """
    named = os.environ.get("ARROW_DEFAULT_MEMORY_POOL")
    if not named and "jemalloc" in pa.supported_memory_backends():
        pa.set_memory_pool(pa.jemalloc_memory_pool())


@cache
def keep_freed() -> None:
    """Let this process keep what it frees, up to 64 MiB a thread; with glibc only.

    For one that takes in messages, not for one that answers readers with many threads.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        for option, value in (_MAPPED, _KEPT):
            mallopt(option, value)
