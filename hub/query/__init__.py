"""What a request asks for: pure parsers of SDMX REST 1.5 and 2.2, without I/O."""
