"""HTTP and WebSocket over curl_cffi, sync and async, behind one small interface. Nothing here is specific to Copilot.

`types` holds the settings, requests and responses, `errors` all that a transport raises. `sync_transport.SyncTransport`
and `async_transport.AsyncTransport` do the work. curl_cffi is imported when the first transport is made.
"""
