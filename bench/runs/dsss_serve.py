"""dsss serves a data message, and the structures it needs, from memory."""

import sys

import sdmx
import uvicorn
from dsss.starlette import build_app
from dsss.store import DictStore

port, data, structure = int(sys.argv[1]), sys.argv[2], sys.argv[3]
structures = sdmx.read_sdmx(structure)
flow = structures.dataflow["DF_MIG_FLOW"]
message = sdmx.read_sdmx(data, dsd=flow.structure)
store = DictStore()
store.set(flow.structure)
store.set(flow)
for dataset in message.data:
    dataset.described_by = None  # it looks for datasets by the id of their structure
    dataset.structured_by = flow.structure
    store.set(dataset)
uvicorn.run(build_app(store=store, debug=False), host="127.0.0.1", port=port, log_level="warning")
