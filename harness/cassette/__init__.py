"""Cassettes: the recorded exchanges of one session. Knows no service and no network."""
