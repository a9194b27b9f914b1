"""The GraphQL API: the only room that knows Strawberry and Starlette."""
