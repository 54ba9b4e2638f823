"""Builds the image of the service itself: base from our own recipe, wheels gathered by scripts/wheels, no network."""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import docker
from docker.errors import BuildError

from buildsvc.image import tarball
from scripts.made import CACHE, ROOT, made_bases

TAG = "buildsvc:latest"
CHUNK = 1024 * 1024


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


def wheel_version() -> str:
    """The version of the wheel that the image was made from: the file's name says it."""
    (wheel,) = (CACHE / "wheels").glob("buildsvc-*.whl")
    return wheel.name.split("-")[1]


def named(version: str) -> str:
    """The image's name with its version; a tag may not hold the `+` of a version behind a release."""
    return f"{TAG.partition(':')[0]}:{version.replace('+', '-')}"


def save(client: docker.DockerClient, name: str, path: Path) -> None:
    """Write the image as the file that `docker load` takes; whole, or not at all."""
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        file.writelines(client.images.get(name).save(chunk_size=CHUNK, named=name))
    partial.rename(path)


def main() -> int:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--save", type=Path, metavar="FILE", help="write the image as a file too")
    asked = reader.parse_args()
    subprocess.run([ROOT / "scripts" / "wheels"], check=True)
    name = named(wheel_version())
    client = docker.from_env()
    try:
        print(f"  image        {TAG} is {build(client, TAG)}")
        repository, _, tag = name.partition(":")
        client.images.get(TAG).tag(repository, tag)
        if asked.save:
            save(client, name, asked.save)
    except BuildError as error:
        for line in error.build_log:
            print(line.get("stream", ""), end="", file=sys.stderr)
        print(error, file=sys.stderr)
        return 1
    finally:
        client.close()
    print(f"  image        the same is {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
