"""A stage that observes the traffic of another stage, and the session that it observed."""
