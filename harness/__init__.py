"""Recording sessions into cassettes and replaying them on the wire, for any client in any language."""
