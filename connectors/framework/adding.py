"""Adding up records of a source that are finer than the structure of the hub."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from connectors.framework.listing import Listing
from hub.model.schema import DataSchema

__all__ = ["MEMBERS", "added_up"]

#: Column of a tidy frame: rows and columns of the records that an observation is the sum of.
MEMBERS = "_members"


def added_up(frame: pd.DataFrame, listing: Listing, schema: DataSchema) -> pd.DataFrame:
    """One row for each observation, with the sum of the figures of its records.

    The cells of keys that have no component are kept in COMMENT_OBS, each different one once. A
    sum with a figure that is not known is not known: it has no value, and the status of that
    figure. Of a figure of several records COMMENT_OBS says the rule of the table first. An
    observation stands where the first of its records does; the column :data:`MEMBERS` has
    row and column of each of several.
    """
    if frame.empty:
        return frame
    measure = schema.primary_measure.id
    row = frame["_row"].to_numpy()
    apart = [pd.Series(listing.text(key.header)[row]) for key in listing.keys if key.apart]
    by = [*(frame[name] for name in schema.key), *apart]
    numbers = frame.groupby(by, sort=False, dropna=False).ngroup()
    group: NDArray[np.intp] = np.asarray(numbers, dtype=np.intp)
    first = np.unique(group, return_index=True)[1]
    found = frame.iloc[first].reset_index(drop=True)
    found[MEMBERS] = _members(frame, group, len(found))
    lacking = frame[measure].isna().to_numpy()
    found[measure] = _sums(frame[measure].to_numpy(dtype=object), group, len(found))
    if lacking.any():
        at, where = np.unique(group[lacking], return_index=True)
        found.loc[at, "OBS_STATUS"] = frame["OBS_STATUS"].to_numpy()[lacking][where]
        found.loc[at, measure] = None
    texts = [
        (f"{key.header} ", pd.Series(listing.text(key.header)[row]).str.strip())
        for key in listing.keys
        if not key.components and not key.period
    ]
    if "COMMENT_OBS" in frame:
        texts.insert(0, ("", frame["COMMENT_OBS"].fillna("")))
    if texts:
        found["COMMENT_OBS"] = _remarks(texts, group, len(found))
    if listing.rule:
        several = np.bincount(group, minlength=len(found)) > 1
        said = found["COMMENT_OBS"] if texts else pd.Series([None] * len(found), dtype=object)
        told = (listing.rule + " " + said.fillna("")).str.strip()
        found["COMMENT_OBS"] = said.where(~several, told)
    return found


def _members(frame: pd.DataFrame, group: NDArray[np.intp], size: int) -> NDArray[np.object_]:
    """Row and column of the records of each group; ``None`` for a group of one."""
    found = np.full(size, None, dtype=object)
    order = np.argsort(group, kind="stable")
    counts = np.bincount(group, minlength=size)
    rows, columns = (frame[name].to_numpy()[order] for name in ("_row", "_column"))
    ends = np.cumsum(counts)
    for n in np.flatnonzero(counts > 1):
        part = slice(ends[n] - counts[n], ends[n])
        found[n] = tuple(zip(rows[part].tolist(), columns[part].tolist(), strict=True))
    return found


def _sums(values: NDArray[np.object_], group: NDArray[np.intp], size: int) -> NDArray[np.object_]:
    """Exact sums of decimal texts by group; ``None`` for groups without a value.

    A sum has as many decimals as the member of its group with the most.
    """
    given = ~pd.isna(values)
    index, said = pd.factorize(values[given])
    decimals = np.array([len(text.partition(".")[2]) for text in said], dtype=np.intp)[index]
    most = int(decimals.max(initial=0))
    exact = pa.array(values[given], pa.string()).cast(pa.decimal128(38, most))
    table = pa.table({"group": group[given], "value": exact, "decimals": decimals})
    sums = table.group_by("group", use_threads=False).aggregate(
        [("value", "sum"), ("decimals", "max")]
    )
    texts = sums["value_sum"].cast(pa.string()).to_pylist()
    if most:
        places = sums["decimals_max"].to_pylist()
        # What is cut off is zeros, and the point where nothing stands after it.
        texts = [
            text[: len(text) - most + n].rstrip(".") for text, n in zip(texts, places, strict=True)
        ]
    found = np.full(size, None, dtype=object)
    found[sums["group"].to_numpy()] = texts
    return found


def _remarks(
    texts: Sequence[tuple[str, pd.Series]], group: NDArray[np.intp], size: int
) -> NDArray[np.object_]:
    """The different texts of each group, of each kind behind its name; ``None`` where none."""
    parts = pd.Series([""] * size, dtype=object)
    for name, cells in texts:
        said = pd.DataFrame({"group": group, "said": cells.to_numpy(dtype=object)})
        once = said[said["said"] != ""].drop_duplicates().sort_values(["group", "said"])
        joined = once.groupby("group")["said"].agg(", ".join).reindex(range(size), fill_value="")
        joined = joined.where(joined == "", name + joined)
        parts = parts.where((parts == "") | (joined == ""), parts + "; ") + joined
    found = parts.to_numpy(dtype=object)
    found[found == ""] = None
    return found
