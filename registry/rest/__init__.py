"""One module per kind of SDMX resource; each offers a ``blueprint``."""
