"""The fake in a browser: a page to chat with it, and one to sign in at (docs/protocol.md §2.3, §2.4)."""
