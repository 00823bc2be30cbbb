"""Run by the Python of LibreOffice: fill workbooks as an office does, and save them.

``python3 office_fill.py PORT JOBS.json``. A job is {source, target, edits}; an edit is one of
[sheet, "cell", address, value], [sheet, "delete", first row, rows], [sheet, "name", new name],
[sheet, "move", position], [sheet, "type", address, text] (as a person types it).
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import uno  # type: ignore[import-not-found]
from com.sun.star.beans import PropertyValue  # type: ignore[import-not-found]
from com.sun.star.connection import NoConnectException  # type: ignore[import-not-found]

_FILTERS = {"xlsx": "Calc MS Excel 2007 XML", "ods": "calc8"}


def main(port: str, jobs: str) -> None:
    desktop = _desktop(port)
    for job in json.loads(Path(jobs).read_text("utf-8")):
        _do(desktop, job)
    try:
        desktop.terminate()
    except Exception:
        return


def _desktop(port: str) -> Any:
    local = uno.getComponentContext()
    resolver = local.ServiceManager.createInstanceWithContext(
        "com.sun.star.bridge.UnoUrlResolver", local
    )
    url = f"uno:socket,host=127.0.0.1,port={port};urp;StarOffice.ComponentContext"
    for _ in range(600):
        try:
            context = resolver.resolve(url)
            break
        except NoConnectException:
            time.sleep(0.1)
    else:
        raise SystemExit("LibreOffice does not answer")
    return context.ServiceManager.createInstanceWithContext("com.sun.star.frame.Desktop", context)


def _do(desktop: Any, job: dict[str, Any]) -> None:
    document = desktop.loadComponentFromURL(
        uno.systemPathToFileUrl(job["source"]), "_blank", 0, (_property("Hidden", True),)
    )
    sheets = document.Sheets
    for name, what, *rest in job["edits"]:
        sheet = sheets.getByName(name)
        if what == "cell":
            address, value = rest
            cell = sheet.getCellRangeByName(address)
            if isinstance(value, str):
                cell.setString(value)
            else:
                cell.setValue(value)
        elif what == "type":
            sheet.getCellRangeByName(rest[0]).setFormula(rest[1])
        elif what == "delete":
            sheet.unprotect("")
            sheet.Rows.removeByIndex(rest[0] - 1, rest[1])
        elif what == "name":
            sheet.setName(rest[0])
        elif what == "move":
            sheets.moveByName(name, rest[0])
        else:
            raise SystemExit(f"an edit nobody knows: {what}")
    kind = job["target"].rpartition(".")[2]
    document.calculateAll()
    document.storeToURL(
        uno.systemPathToFileUrl(job["target"]), (_property("FilterName", _FILTERS[kind]),)
    )
    document.close(True)


def _property(name: str, value: Any) -> Any:
    made = PropertyValue()
    made.Name, made.Value = name, value
    return made


main(*sys.argv[1:])
