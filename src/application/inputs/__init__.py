"""Use cases of inputs."""
