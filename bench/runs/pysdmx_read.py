"""pysdmx reads the message into its data frames."""

import sys

from measure import measured, report
from pysdmx.io import read_sdmx

read_sdmx(sys.argv[4], validate=False)  # its readers are imported on first use
result: dict[str, object] = {}
with measured(result):
    message = read_sdmx(sys.argv[1], validate=False)
    frame = message.data[0].data
report(result, len(frame), float(frame["OBS_VALUE"].astype(float).sum()))
