"""Every reader on changed messages: it refuses or reports, and does nothing else.

``MIGHUB_FUZZ`` is the number of changed messages for each reader; a nightly run asks for more. A
failure names the seed that makes the same message again.
"""

from __future__ import annotations

import os
import time

import pytest
from all_readers import Reader, readers, survives
from changes import mutated
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

READERS = {reader.name: reader for reader in readers()}
NUMBER = int(os.environ.get("MIGHUB_FUZZ") or 12)
#: Seconds that nothing of some kilobytes may take, on a machine that does other things too.
SECONDS = 20.0


@pytest.mark.parametrize("name", READERS)
def test_the_reader_reads_what_is_good(name: str) -> None:
    """The seeds are what they should be, or the changed ones would not reach far."""
    reader: Reader = READERS[name]
    for seed in reader.seeds():
        survives(reader, seed)


@pytest.mark.parametrize("name", READERS)
@settings(
    max_examples=NUMBER, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
@given(seed=st.integers(0, 2**48))
def test_the_reader_refuses_or_reports(name: str, seed: int) -> None:
    reader = READERS[name]
    seeds = reader.seeds()
    others = [s for other in list(READERS.values())[:: 1 + seed % 7] for s in other.seeds()]
    start = time.monotonic()
    survives(reader, mutated(seed, seeds[seed % len(seeds)], others))
    assert time.monotonic() - start < SECONDS, "it hangs"
