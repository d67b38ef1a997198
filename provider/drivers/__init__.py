"""The two drivers, sync and async: they perform the effects of a flow, and own its socket and connections."""
