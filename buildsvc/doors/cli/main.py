"""The command `buildsvc`: a table of commands, each loaded from the laptop's or the server's half when it is used."""

from __future__ import annotations

import importlib
import sys
from dataclasses import dataclass
from typing import Any

import click

from buildpacks.errors import Failure
from buildsvc.doors.cli.click_words import spoken_by_click
from buildsvc.doors.cli.screen import in_words, show_failure
from buildsvc.doors.cli.taught import Family
from buildsvc.settings.spoken import read_language

_REMOTE = "buildsvc.doors.cli.remote"
_LOCAL = "buildsvc.doors.cli.local"


@dataclass(frozen=True)
class CommandEntry:
    """Where a command lives; its line in the list is `said.command-NAME`, so that nothing is imported for that."""

    module: str
    attribute: str = ""


COMMANDS: dict[str, CommandEntry] = {
    "login": CommandEntry(f"{_REMOTE}.session"),
    "apply": CommandEntry(f"{_REMOTE}.apply"),
    "adopt": CommandEntry(f"{_REMOTE}.adopt_project"),
    "push": CommandEntry(f"{_REMOTE}.push"),
    "apps": CommandEntry(f"{_REMOTE}.look"),
    "status": CommandEntry(f"{_REMOTE}.look"),
    "topology": CommandEntry(f"{_REMOTE}.look"),
    "releases": CommandEntry(f"{_REMOTE}.look"),
    "sbom": CommandEntry(f"{_REMOTE}.bills"),
    "events": CommandEntry(f"{_REMOTE}.look"),
    "report": CommandEntry(f"{_REMOTE}.reports"),
    "site-key": CommandEntry(f"{_REMOTE}.public_keys", "site_key"),
    "logs": CommandEntry(f"{_REMOTE}.look"),
    "undo": CommandEntry(f"{_REMOTE}.change"),
    "rollback": CommandEntry(f"{_REMOTE}.change"),
    "stop": CommandEntry(f"{_REMOTE}.halting"),
    "start": CommandEntry(f"{_REMOTE}.halting"),
    "component": CommandEntry(f"{_REMOTE}.component_group"),
    "restart": CommandEntry(f"{_REMOTE}.halting"),
    "cancel": CommandEntry(f"{_REMOTE}.change"),
    "deployments": CommandEntry(f"{_REMOTE}.deciding"),
    "approve": CommandEntry(f"{_REMOTE}.deciding"),
    "reject": CommandEntry(f"{_REMOTE}.deciding"),
    "early": CommandEntry(f"{_REMOTE}.deciding"),
    "remove": CommandEntry(f"{_REMOTE}.change"),
    "version": CommandEntry(f"{_REMOTE}.versions"),
    "export": CommandEntry(f"{_REMOTE}.bundles", "export_"),
    "import": CommandEntry(f"{_REMOTE}.bundles", "import_"),
    "have": CommandEntry(f"{_REMOTE}.bundles"),
    "install": CommandEntry(f"{_REMOTE}.bring"),
    "upgrade": CommandEntry(f"{_REMOTE}.bring"),
    "data": CommandEntry(f"{_REMOTE}.data_group"),
    "person": CommandEntry(f"{_REMOTE}.persons"),
    "token": CommandEntry(f"{_REMOTE}.tokens"),
    "session": CommandEntry(f"{_REMOTE}.records"),
    "audit": CommandEntry(f"{_REMOTE}.records"),
    "policy": CommandEntry(f"{_REMOTE}.site_policy"),
    "webhooks": CommandEntry(f"{_REMOTE}.webhook_standings"),
    "up": CommandEntry(f"{_LOCAL}.up"),
    "web": CommandEntry(f"{_LOCAL}.serve"),
    "worker": CommandEntry(f"{_LOCAL}.serve"),
    "observer": CommandEntry(f"{_LOCAL}.serve"),
    "watch": CommandEntry(f"{_LOCAL}.serve"),
    "inspect": CommandEntry(f"{_LOCAL}.artifacts"),
    "build": CommandEntry(f"{_LOCAL}.image_file"),
    "buildpacks": CommandEntry(f"{_LOCAL}.buildpacks"),
    "bundle": CommandEntry(f"{_LOCAL}.bundle_files"),
    "base": CommandEntry(f"{_LOCAL}.bases"),
    "kit": CommandEntry(f"{_LOCAL}.kits"),
    "rehearse": CommandEntry(f"{_LOCAL}.rehearsing"),
    "image": CommandEntry(f"{_LOCAL}.images"),
    "settings": CommandEntry(f"{_LOCAL}.settings_shown"),
    "doctor": CommandEntry(f"{_LOCAL}.doctor"),
    "prune": CommandEntry(f"{_LOCAL}.letting_go"),
    "verify": CommandEntry(f"{_LOCAL}.verification"),
    "secret": CommandEntry(f"{_LOCAL}.site_key"),
    "support": CommandEntry(f"{_LOCAL}.supporting"),
    "backup": CommandEntry(f"{_LOCAL}.keep"),
    "restore": CommandEntry(f"{_LOCAL}.keep"),
    "gateway": CommandEntry(f"{_LOCAL}.gateways"),
}


class Loading(Family):
    """A group that imports a command's module when the command is asked for."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command line, its library's own words in the user's language too."""
        with spoken_by_click(read_language()):
            return super().main(*args, **kwargs)

    def list_commands(self, _ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        try:
            module = importlib.import_module(entry.module)
        except ModuleNotFoundError as error:
            if (error.name or "").startswith(("buildsvc", "buildpacks")) and not entry.module.startswith(_LOCAL):
                raise
            failure = Failure("server-half-missing", command=cmd_name, module=error.name)
            show_failure(failure, as_json=False)
            ctx.exit(2)
        command = getattr(module, entry.attribute or cmd_name)
        assert isinstance(command, click.Command)
        return command

    def format_epilog(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section(in_words("said.help-begins")):
            formatter.write_dl(
                [
                    ("buildsvc login http://server:8420", in_words("said.help-once")),
                    ("buildsvc apply compose.yaml", in_words("said.help-install")),
                    ("buildsvc push target/order-1.2.jar", in_words("said.help-replace")),
                ]
            )

    def format_commands(self, _ctx: click.Context, formatter: click.HelpFormatter) -> None:
        for heading, half in (("said.help-laptop", _REMOTE), ("said.help-server", _LOCAL)):
            with formatter.section(in_words(heading)):
                mine = [name for name, entry in COMMANDS.items() if entry.module.startswith(half)]
                formatter.write_dl([(name, in_words(f"said.command-{name}")) for name in mine])


@click.group(cls=Loading, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="buildsvc")
def cli() -> None:
    """Load and run one command of COMMANDS."""


def main() -> None:
    """Run the command line; output is UTF-8 also where the console's own encoding cannot say everything."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    cli(prog_name="buildsvc")


if __name__ == "__main__":
    main()
