"""Playing cassettes: strict, causal, sockets paired by content. Knows no service."""
