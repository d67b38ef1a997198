"""A forward proxy with its own certificate authority, for clients whose service host cannot be changed.

`sessions` opens it in front of a recording or a replay. `gate` decides what happens to each request, `authority` makes
the certificates, `tunnel` connects to hosts other than the service, and `client_env` makes COMMAND's variables.
"""
