"""A local service for clients to talk to: the host (REST and WebSocket on one port) and what stands behind it."""
