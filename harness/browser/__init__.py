"""Recording a person's own session in a real browser: what DevTools tells of its network becomes observations."""
