"""The mutations, a file per domain, each with its inputs and payloads."""
