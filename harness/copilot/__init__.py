"""Tools for Copilot only: they use its events and endpoints, our client and our fake.

All other packages of `harness` learn what is specific to a service from its `harness.profile.ServiceProfile`.
"""
