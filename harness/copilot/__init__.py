"""Tools that know Copilot: its events, its endpoints, our client, our fake.

The rest of the harness knows a service by its `harness.profile.ServiceProfile` alone.
"""
