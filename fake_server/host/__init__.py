"""The host: bytes, sockets and TLS in front of a stage. REST and WebSocket together, on one port."""
