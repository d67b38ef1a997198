"""A recorded session as one page for a browser: its data, the page, and the server that shows it."""
