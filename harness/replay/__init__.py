"""Playing cassettes: every request must match, no line is sent before its cause, sockets are paired by content."""
