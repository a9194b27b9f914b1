"""Users, teams, memberships, API tokens, and who may do what."""
