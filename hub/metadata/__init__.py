"""Reference metadata: metadata sets, their messages, and what is wrong with them."""
