"""Recording: the events of a session become a cassette, without their secrets.

| step | modules |
|---|---|
| an observer reports an exchange | `recording` (the whole session), `exchange` (one exchange), `options` |
| each event is redacted, then kept | `events`, `redacted_events`, `event_runs`, `spool`, `journal` |
| the events become exchanges | `recorder`, `assembly` |
| hooks change or drop exchanges | `hooks` |
| under a lock, the recording is combined with an existing cassette | `save`, `merge`, `pinning`, `locks` |
| the finished bytes are scanned, then written | `save`, `leaving_out` |
| the journal of a killed recording becomes a cassette | `state_dir`, `recovery` |
"""
