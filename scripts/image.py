"""Builds the image of the service itself: base from our own recipe, wheels gathered by scripts/wheels, no network."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import docker
from docker.errors import BuildError

from buildsvc.image import tarball
from scripts.made import CACHE, ROOT, made_bases

TAG = "buildsvc:latest"


def build(client: docker.DockerClient, tag: str) -> str:
    """Make or find the base, load it, and run the Dockerfile. Returns the image's id. Raises BuildError."""
    bases = made_bases()
    base = bases.get("service").image
    if not client.images.list(name=base.reference):
        with tempfile.NamedTemporaryFile(dir=CACHE, suffix=".tar") as file:
            tarball.write_file(bases.layout, base, Path(file.name))
            with Path(file.name).open("rb") as stream:
                client.images.load(stream)
    arguments = {"BASE": base.reference}
    image, _ = client.images.build(path=str(ROOT), tag=tag, buildargs=arguments, rm=True, network_mode="none")
    # The first stage stays behind without a name, nearly 200 MB each time.
    client.images.prune({"dangling": True, "label": "io.buildsvc.stage=installed"})
    return str(image.id)


def main() -> int:
    subprocess.run([ROOT / "scripts" / "wheels"], check=True)
    client = docker.from_env()
    try:
        print(f"  image        {TAG} is {build(client, TAG)}")
    except BuildError as error:
        for line in error.build_log:
            print(line.get("stream", ""), end="", file=sys.stderr)
        print(error, file=sys.stderr)
        return 1
    finally:
        client.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
