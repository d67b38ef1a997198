"""Redaction: placeholders for secrets. Sans-I/O: values go in and come out, nothing is read or written.

| module | what it does |
|---|---|
| `engine` | `Redactor`: detects secrets, remembers them, and replaces each by the same placeholder everywhere |
| `detect` | detectors: a value is secret by its place, by its name, or by its look |
| `vault` | the secrets of a session, and the forms in which each is searched for |
| `views`, `nested` | the data with an encoding taken off, and the way back to the original offsets |
| `search` | finds known secrets in every encoding; the second pass over earlier data |
| `placeholders` | what replaces secrets, and how to recognise it |
| `cassettes`, `har` | a redaction pass over a whole cassette or HAR |
| `scan`, `lint` | the last look at finished bytes, and at files that anybody may have made |

What it cannot find, by nature: a secret of a kind that nobody named and that has no known look; a secret inside
compressed or encrypted bytes; a part of a secret.
"""
