"""Profiles: what a service must tell the harness. The only place where the harness meets a service."""
