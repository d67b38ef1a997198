"""The host: bytes, sockets and TLS in front of a stage, for REST and WebSocket on one port."""
