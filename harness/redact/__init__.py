"""Redaction: placeholders for secrets. Sans-I/O: values go in and come out, nothing is read or written.

| module | what it does |
|---|---|
| `engine` | `Redactor`: detects secrets, remembers them, and replaces each by the same placeholder everywhere |
| `detect` | detectors: a value is secret by its place, by its name, or by its look |
| `vault` | the secrets of a session, and the forms in which each is searched for |
| `views`, `nested` | the data with an encoding taken off, and the way back to the original offsets |
| `byte_search` | searches data for many byte strings at once: for the signs of detectors, and for known secrets |
| `needle_search`, `search` | find known secrets in every encoding; the second pass over earlier data |
| `placeholders` | what replaces secrets, and how to recognise it |
| `cassettes`, `har` | a redaction pass over a whole cassette or HAR |
| `scan`, `lint` | the last look at finished bytes, and at files that anybody may have made |

Each detector declares its signs: bytes without which it cannot find anything. One search for all signs decides which
detectors look through the data; in most data it is none of them (`detect.signs`).

What it cannot find, by nature: a secret of a kind that nobody named and that has no known look; a secret inside
compressed or encrypted bytes; a part of a secret.
"""
