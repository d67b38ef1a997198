"""The proxy door: a forward proxy with an authority of its own, for clients whose hosts are written into them.

`sessions` opens it before a recording or a replay; `door` decides what becomes of each request, `authority` makes the
certificates, `passage` leads past the stage, `client_environment` is what COMMAND is told.
"""
