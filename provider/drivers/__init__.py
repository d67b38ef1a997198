"""The two drivers: they perform the effects of a flow, sync or async, and own all resources. They know no protocol."""
