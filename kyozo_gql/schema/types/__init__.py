"""The types of the schema, a file per domain.

A type is a description of rows: a resolver answers with a row of the domain, and a plain field reads the attribute of its own name.
"""
