"""The sweep: a program runs against a cassette once for each fault and place, and each run gets a verdict."""
