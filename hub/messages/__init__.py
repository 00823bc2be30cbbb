"""Data messages: formats.py is the table; one module a format and direction, all streaming."""
