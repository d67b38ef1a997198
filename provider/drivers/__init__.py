"""The two drivers: they perform a flow's effects, sync or async, and own every resource. No protocol in here."""
