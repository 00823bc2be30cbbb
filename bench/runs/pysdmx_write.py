"""pysdmx writes a data frame as structure-specific data (by series or observation) or as CSV."""

import sys

from measure import measured, report
from pysdmx.io import read_sdmx, write_sdmx
from pysdmx.io.format import Format

structure = read_sdmx(sys.argv[2], validate=False)
definition = next(d for d in structure.get_data_structure_definitions() if d.id == "MIG_FLOW")


FORMATS = {
    "sdmx-ml-2.1": Format.DATA_SDMX_ML_2_1_STR,
    "sdmx-csv-1.0": Format.DATA_SDMX_CSV_1_0_0,
}


def write(dataset: object) -> None:
    more = {"dimension_at_observation": {dataset.short_urn: sys.argv[6]}} if sys.argv[6] else {}
    write_sdmx([dataset], FORMATS[sys.argv[5]], output_path=sys.argv[3], **more)


held = read_sdmx(sys.argv[1], validate=False).data[0]
warm = read_sdmx(sys.argv[4], validate=False).data[0]
held.structure = warm.structure = definition.to_schema()
write(warm)
result: dict[str, object] = {}
with measured(result):
    write(held)
report(result, len(held.data), None)
