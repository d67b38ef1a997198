"""From a report of any service to a cassette and a test that runs the user's program against it."""
