"""The engines that build and run replicas: one protocol, several implementations."""
