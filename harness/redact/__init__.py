"""Secrets out, stand-ins in. Sans-I/O: values go in and come out, nothing is read or written.

`engine.Redactor` learns what is secret where a `ServiceProfile` says so (`places`), or where a value's look gives it
away (`patterns`), and puts the same stand-in (`standin`) wherever that value occurs afterwards, however it is encoded
(`views`, `forms`). `exchanges` takes it through a whole cassette; `scan` looks again, in the finished bytes.

What it cannot find, by nature: a secret of a kind that nobody named and that has no known look; one that is cut into
several events of a streamed body; one inside compressed or encrypted bytes; a part of one.
"""
