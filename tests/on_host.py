"""What is asked of a container from outside, and what only root may do to the host's processes, through the engine:
whoever may use that may do this too.
"""

from __future__ import annotations

import docker
from docker.models.containers import Container


def told_inside(container: Container, *argv: str) -> tuple[int, bytes]:
    """The exit code of a program that is run in a container, and what it said: something, where it ends well. An engine
    under load was seen to hand over nothing of a program that ends at once; then it is run again, once.
    """
    code, output = _told(container, *argv)
    return (code, output) if code or output else _told(container, *argv)


def _told(container: Container, *argv: str) -> tuple[int, bytes]:
    ran = container.exec_run(list(argv))
    assert isinstance(ran.exit_code, int)
    assert isinstance(ran.output, bytes)
    return ran.exit_code, ran.output


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
