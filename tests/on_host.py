"""What only root may do to the host's processes, done through the engine: whoever may use that may do this too."""

from __future__ import annotations

import docker


def as_root(engine: docker.DockerClient, image: str, program: str, *arguments: str) -> str:
    """What `program` of `image` says, run as root among all processes of the host."""
    said: bytes = engine.containers.run(
        image,
        list(arguments),
        entrypoint=[program],
        user="0:0",
        pid_mode="host",
        network_mode="none",
        cap_add=["SYS_PTRACE"],
        remove=True,
    )
    return said.decode()
