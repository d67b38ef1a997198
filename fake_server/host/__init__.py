"""The host: it serves REST and WebSocket on one port, with or without TLS, and passes each request to a stage."""
