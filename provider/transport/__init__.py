"""HTTP and WebSocket over curl_cffi, sync and async, behind one small interface. Knows no Copilot.

`values` says what goes in and out, `errors` what can go wrong; `blocking.BlockingTransport` and
`asynchronous.AsyncTransport` do the work. curl_cffi is imported when the first transport is made, not before.
"""
