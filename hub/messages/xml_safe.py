from hub.xml_safe import *  # noqa: F403
from hub.xml_safe import (  # noqa: F401
    CHUNK,
    PROLOG,
    feed,
    lines_of,
    parser,
    prolog,
    refuse_doctype,
    syntax_error,
    until,
)
