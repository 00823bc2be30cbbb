"""A folder as a zip file whose bytes depend on the content of its files and on nothing else."""

from __future__ import annotations

import zipfile
from pathlib import Path

__all__ = ["archive"]

#: The earliest time a zip file can state.
_TIME = (1980, 1, 1, 0, 0, 0)


def archive(folder: Path, target: Path) -> None:
    """Write the files of ``folder``, by name, into ``target``."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as packed:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            with path.open("rb") as source, packed.open(entry, "w", force_zip64=True) as into:
                while chunk := source.read(1 << 20):
                    into.write(chunk)
