"""Profiles: what the harness must know of a service, such as its origins, secret places and event names."""
