"""The hub's codelists: data files, and the loader that makes sdmx1 codelists of them.

One folder per codelist holds ``codelist.yaml`` (who maintains it, its names, what its extra
columns mean) and ``codes.csv`` (the codes, in order). :func:`load` reads them all.
"""

from codelists.loader import LANGUAGES, folders, load, read
from codelists.text_yaml import DataFileError

__all__ = ["LANGUAGES", "DataFileError", "folders", "load", "read"]
