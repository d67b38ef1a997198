"""The relay: a stage that forwards to the live service through curl_cffi, and records what passes.

`stage.Relay` is the stage; `calls` carries one HTTP exchange, `sockets` one WebSocket; `header_rules` says what is
changed on the way to the service (on the way back: `harness.headers`), `upstream` where it goes.
"""
