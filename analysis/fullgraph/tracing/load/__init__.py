"""From a target to a model and its inputs."""
