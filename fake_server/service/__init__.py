"""The fake Copilot itself, without I/O: requests and messages in, answers and acts out."""
