"""Recordings of a person's own session in a browser, from the network events of DevTools."""
