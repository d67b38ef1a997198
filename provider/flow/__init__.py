"""The flow of a chat: one generator of effects and items, which makes every decision about the service."""
