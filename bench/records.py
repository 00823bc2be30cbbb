"""``python -m bench.records 5_000_000 FILE``: an invented register of crossings.

A row is a crossing with the columns of ``connectors/lca/border_records``. People, documents and
journeys are drawn with a fixed seed; nobody in it exists. Rows are written by columns, as five
million of them in a loop would take minutes.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as pacsv

_SURNAMES = ["Inventedson", "Exampleova", "Mustermannez", "Fictivand", "Nullbergh", "Ficticiaz"]
_GIVEN = ["Alfaria", "Betarius", "Gammando", "Deltania", "Epsilona", "Zetarion"]
_COUNTRIES = ["LCA", "USA", "GBR", "BRB", "CAN", "MTQ", "FRA", "TTO", "JAM", "VCT", "DMA", "GUY",
              "DEU", "VEN", "COL", "HTI"]  # fmt: skip
_SHARE = [0.28, 0.27, 0.12, 0.08, 0.07, 0.05, 0.03, 0.03, 0.02, 0.015, 0.01, 0.01, 0.005, 0.004,
          0.0035, 0.0025]  # fmt: skip
_POSTS, _POST_SHARE = ["UVF", "SLU", "PORT CASTRIES", "RODNEY BAY MARINA"], [0.6, 0.2, 0.15, 0.05]
_PERMITS, _PERMIT_SHARE = ["visitor", "business", "transit", "crew", "work permit", "resident"], [
    0.8, 0.08, 0.04, 0.04, 0.02, 0.02,
]  # fmt: skip
_BATCH = 500_000


def write(path: Path, rows: int, *, months: int = 12, seed: int = 2025) -> None:
    """Write ``rows`` crossings in the order of their moments."""
    draw = np.random.default_rng(seed)
    first = np.datetime64("2025-01-01T00:00:00")
    last = np.datetime64("2025-01", "M") + months
    span = int((last.astype("M8[s]") - first).astype(int))
    seconds = np.sort(draw.integers(0, span, rows))
    writer = None
    for start in range(0, rows, _BATCH):
        part = _table(draw, first + seconds[start : start + _BATCH].astype("m8[s]"), start)
        writer = writer or pacsv.CSVWriter(
            str(path), part.schema, write_options=pacsv.WriteOptions(quoting_style="needed")
        )
        writer.write_table(part)
    if writer is not None:
        writer.close()


def _table(draw: np.random.Generator, moments: np.ndarray, start: int) -> pa.Table:
    n = len(moments)
    country = draw.choice(len(_COUNTRIES), n, p=_SHARE)
    lives = np.where(draw.random(n) < 0.9, country, draw.choice(len(_COUNTRIES), n, p=_SHARE))
    permit = np.where(country == 0, "national", draw.choice(np.array(_PERMITS), n, p=_PERMIT_SHARE))
    born = np.datetime64("2024-12-31") - (draw.gamma(4.0, 10.0, n).clip(0, 95) * 365.25).astype(int)
    birth = born.astype(str)
    birth[draw.random(n) < 0.002] = ""
    names = np.array(_COUNTRIES)
    return pa.table(
        {
            "crossing": np.arange(start + 1, start + n + 1),
            "crossed_at": np.char.replace(moments.astype(str), " ", "T"),
            "direction": draw.choice(np.array(["in", "out"]), n),
            "post": draw.choice(np.array(_POSTS), n, p=_POST_SHARE),
            "carrier": draw.choice(np.array(["BW", "AA", "BA", "LI"]), n),
            "document_number": np.char.add("ZZ", draw.integers(10**8, 10**9, n).astype(str)),
            "surname": draw.choice(np.array(_SURNAMES), n),
            "given_names": draw.choice(np.array(_GIVEN), n),
            "birth_date": birth,
            "sex": draw.choice(np.array(["F", "M", "X"]), n, p=[0.5, 0.497, 0.003]),
            "nationality": names[country],
            "residence": names[lives],
            "purpose": draw.choice(np.array(["holiday", "family", "business"]), n),
            "permit": permit,
        }
    )


def main() -> None:
    """Write the file that is asked for."""
    asked = argparse.ArgumentParser(prog="python -m bench.records", description=__doc__)
    asked.add_argument("rows", type=int)
    asked.add_argument("file", type=Path)
    asked.add_argument("--months", type=int, default=12)
    options = asked.parse_args()
    write(options.file, options.rows, months=options.months)


if __name__ == "__main__":
    main()
