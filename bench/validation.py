"""The part of ``make bench`` on validation: who finds how many of 10 000 planted faults, how fast.

Each checks the same CSV message of the hub's own structure in a process of its own, for its full
report. The hub's counts a fault as found when its rule stands exactly once at its row; the peers'
when the report names the component and the value anywhere.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from bench import faults
from bench.processes import OUT, run_script, structure

__all__ = ["lines"]

_WARM = 16_000
_WHO = {"mighub": None, "sdmxthon": "sdmxthon", "pysdmx": "pysdmx", "tidysdmx": "tidysdmx"}


def lines(observations: int) -> Iterator[str]:
    """The measurements and the faults by kind, one a line."""
    faulty, warm, plan = (
        OUT / f"faults_{observations}.csv",
        OUT / f"faults_{_WARM}.csv",
        OUT / f"faults_{observations}.json",
    )
    faults.write(warm, _WARM, clean=True)
    planted = faults.write(faulty, observations)
    plan.write_text(json.dumps(planted))
    results = {
        who: run_script(
            f"{peer or 'hub'}_validate.py", peer, map(str, (faulty, structure(), plan, warm))
        )
        for who, peer in _WHO.items()
    }
    yield (
        f"{'validate CSV':16}{'planted':>8}{'found':>7}{'findings':>9}{'CPU s':>9}{'wall s':>9}"
        f"{'+MB':>7}{'peak MB':>9}  against"
    )
    for who, result in results.items():
        yield _line(who, result, len(planted), results["mighub"])
    yield ""
    yield f"{'found by kind of fault':34}{'planted':>8}" + "".join(f"{w:>10}" for w in results)
    for kind, number in Counter(str(f["kind"]) for f in planted).items():
        yield f"{kind:34}{number:8}" + "".join(
            f"{result.get('found', {}).get(kind, 0) if 'error' not in result else '-':>10}"
            for result in results.values()
        )


def _line(who: str, result: Mapping[str, Any], planted: int, own: Mapping[str, Any]) -> str:
    if "error" in result:
        return f"{who:16} failed: {result['error']}"
    against = ""
    if "reading" in result:
        times = result["cpu"] / result["reading"]
        against = f"{times:.1f} times the plain reading ({result['reading']:.2f} s)"
    elif "error" not in own:
        against = f"{result['cpu'] / own['cpu']:.1f} times the hub"
    return (
        f"{who:16}{planted:8}{sum(result['found'].values()):7}{result['findings']:9}"
        f"{result['cpu']:9.2f}{result['wall']:9.2f}{result['peak_mb'] - result['base_mb']:7.0f}"
        f"{result['peak_mb']:9.0f}  {against}"
    ).rstrip()
