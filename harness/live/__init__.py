"""Runs against the live service: recording prompts, and comparing with cassettes. Opt-in, and slow on purpose."""
