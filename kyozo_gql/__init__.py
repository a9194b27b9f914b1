"""kyozo_gql: a folder is a deployment."""

__version__ = "0.1.0"
