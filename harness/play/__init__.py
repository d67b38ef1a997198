"""Playing the client's side of a cassette against a running service; `harness.play.play.play` is the entry point."""
