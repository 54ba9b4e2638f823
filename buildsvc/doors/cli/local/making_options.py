"""The options of commands that make an image from Debian packages."""

from __future__ import annotations

from pathlib import Path

import click

platform_option = click.option("--platform", metavar="OS/ARCH", help="The platform; this machine's by default.")
mirror_option = click.option("--mirror", metavar="URL", help="A package archive to use instead of the machine's own.")
packages_option = click.option(
    "--packages",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A folder of .deb files, for a machine without any archive.",
)
