"""Workspaces: their trees, their files, and what their folders were found to be."""
