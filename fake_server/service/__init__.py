"""The fake Copilot itself, without I/O: it takes requests and messages, and returns responses and actions."""
