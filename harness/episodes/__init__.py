"""New episodes: what is recorded is played, and the rest goes to the service and is added to the cassette.

`stage.Episodes` is the stage. What it cannot do, by its nature: go on, live, with a conversation that was played. The
service does not know the recorded conversation. So it is decided at each request and each upgrade, never in the middle
of a socket: a message that differs from the recorded one fails, and so does a live request that names a conversation
out of the cassette. Either failure says so.
"""
