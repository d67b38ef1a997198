"""The relay: a stage that forwards to the live service through curl_cffi, and records what passes.

`stage.Relay` is the stage; `calls` carries one HTTP exchange, `sockets` one WebSocket; `header_rules` and `origins` say
what is changed on the way, `upstream` where it goes.
"""
