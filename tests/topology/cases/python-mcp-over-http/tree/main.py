from mcp.server.fastmcp import FastMCP

mcp = FastMCP("Orchard", stateless_http=True)


@mcp.tool()
def count(kind: str) -> int:
    return len(kind)


app = mcp.streamable_http_app()
