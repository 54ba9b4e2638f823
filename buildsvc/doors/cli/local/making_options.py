"""The options of commands that make an image: for which platform, and from which Debian packages."""

from __future__ import annotations

from pathlib import Path

import click

platform_option = click.option("--platform", metavar="OS/ARCH")
mirror_option = click.option("--mirror", metavar="URL")
packages_option = click.option(
    "--packages",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
)
