"""What every connector is made of.

A connector is data first: ``source.yaml`` says who publishes what, and CSV label maps say which
code each printed label stands for. ``connector.py`` holds one function, ``cut``, that finds the
tables of the file by their header texts. Everything between the two is here, one module each::

    discovery   folders -> connectors            record    source.yaml -> SourceRecord
    snapshot    the bytes as received            sheet     workbook or CSV -> cells
    text, times what labels and titles say       labels    label -> codes
    markers     ``..``, ``-``, blank             crosstab  a table with its heads and cells
    checks      totals that must add up          mapping   tables -> tidy, coded columns
    run         the whole way: a file -> a data message, or findings
"""
