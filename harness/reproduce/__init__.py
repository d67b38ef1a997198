"""From a stranger's report to a test of ours: a HAR or cassette is cut to the turn that failed and told to our client.

The client's side of a report is another program's, so it cannot be played to ours as it stands. What the service said
is told anew by `harness.reproduce.retelling`, and what our client makes of it is recorded: that the test plays.
"""
