"""Comparing two recordings of one scenario in shape: wording, ids and times may differ, the protocol may not.

`comparison.compare` is the whole of it; `shape` says what the shape of an exchange is, `fields` that of JSON.
"""
