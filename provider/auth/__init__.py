"""The sources of credentials: a store, HAR files, and a sign-in with a real browser."""
