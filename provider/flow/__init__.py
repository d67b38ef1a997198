"""A whole chat as one generator that yields effects and items: every decision about the service is made here, once."""
