"""Recording: what was seen on the wire becomes a cassette, without its secrets.

`session.Recording` is the whole of it: each observation (`observations`) goes through the redactor (`redaction`), into
the `journal` (so that a killed recording loses nothing) and into the `recorder`, which makes the cassette
(`assembly`). `hooks` may change what is kept; `shared` adds it, under a lock, to what is there already (`merging`);
`writing` looks at the finished bytes before they may take the cassette's place.
"""
