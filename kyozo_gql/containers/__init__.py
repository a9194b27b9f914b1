"""Services, deployments and events: what was asked for, what is, and how the one becomes the other."""
