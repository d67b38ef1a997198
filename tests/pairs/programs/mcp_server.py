"""An MCP server of the SDK (``mcp``) or of fastmcp, by SSE or by streamable HTTP."""

import sys

library, transport, port = sys.argv[1], sys.argv[2], int(sys.argv[3])


def add(first: int, second: int) -> int:
    """Add two numbers."""
    return first + second


def greet(name: str, token: str = "") -> str:
    """Greet somebody who may show a token."""
    return f"Hello, {name}{', you may come in' if token else ''}"


if library == "fastmcp":
    from fastmcp import FastMCP

    server = FastMCP("trees")
    server.tool(add)
    server.tool(greet)
    server.run(transport=transport, host="127.0.0.1", port=port, log_level="warning", show_banner=False)
else:
    import uvicorn
    from mcp.server.mcpserver import MCPServer

    server = MCPServer("trees")
    server.tool()(add)
    server.tool()(greet)
    app = server.sse_app() if transport == "sse" else server.streamable_http_app()
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")
