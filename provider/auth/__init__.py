"""Where credentials come from: HAR files and a real browser."""
