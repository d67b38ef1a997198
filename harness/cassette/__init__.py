"""Cassettes: the recorded exchanges of one session. Nothing here depends on a service or on the network."""
