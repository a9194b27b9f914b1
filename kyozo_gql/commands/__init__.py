"""What the commands of the command line do, beyond what the API and the worker do for them."""
