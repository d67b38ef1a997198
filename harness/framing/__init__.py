"""How messages and bodies are taken apart into values with names: JSON, records, MQTT, MessagePack.

Matching, redaction and display use the same parsers. A message that no parser knows is text, or bytes.
"""
