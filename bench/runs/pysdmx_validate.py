"""pysdmx reads the message with its structure and validation on: it checks no data."""

import sys

from measure import measured, report
from pysdmx.io import get_datasets
from score import score

get_datasets(sys.argv[4], sys.argv[2], validate=True)
result: dict[str, object] = {}
error = ""
with measured(result):
    try:
        (dataset,) = get_datasets(sys.argv[1], sys.argv[2], validate=True)
    except Exception as refused:  # that it refuses the file is all its report says
        error = str(refused)
result |= {"found": score(sys.argv[3], set()), "findings": int(bool(error)), "said": error[:200]}
report(result, 0 if error else len(dataset.data), None)
