from mcp.server.fastmcp import FastMCP

mcp = FastMCP("Orchard")


@mcp.tool()
def count(kind: str) -> int:
    return len(kind)


if __name__ == "__main__":
    mcp.run()
