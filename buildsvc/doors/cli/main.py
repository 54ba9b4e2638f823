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
    """Where a command lives, and its line in the list: known without importing what only one half can import."""

    module: str
    summary: str
    attribute: str = ""


COMMANDS: dict[str, CommandEntry] = {
    "login": CommandEntry(f"{_REMOTE}.session", "Remember a service and your token."),
    "apply": CommandEntry(f"{_REMOTE}.apply", "Install or update an application from a Compose file."),
    "adopt": CommandEntry(f"{_REMOTE}.adopt_project", "Take over what already runs under Compose; nothing is touched."),
    "push": CommandEntry(f"{_REMOTE}.push", "Upload a jar: build, swap, live."),
    "apps": CommandEntry(f"{_REMOTE}.look", "List the applications."),
    "status": CommandEntry(f"{_REMOTE}.look", "Show what runs in an application."),
    "topology": CommandEntry(f"{_REMOTE}.look", "Show an application's components and how they stand, as a tree."),
    "releases": CommandEntry(f"{_REMOTE}.look", "List the releases of a component."),
    "sbom": CommandEntry(f"{_REMOTE}.bills", "Show what is in a release: its bill of materials, and the licences."),
    "events": CommandEntry(f"{_REMOTE}.look", "Show what happened in a deployment, or follow it."),
    "report": CommandEntry(f"{_REMOTE}.reports", "Print what a deployment did, as a page for the acceptance folder."),
    "site-key": CommandEntry(
        f"{_REMOTE}.public_keys", "Print the public key that reports are signed with.", "site_key"
    ),
    "logs": CommandEntry(f"{_REMOTE}.look", "Show or follow a component's log."),
    "undo": CommandEntry(f"{_REMOTE}.change", "Take the last change of a component back."),
    "rollback": CommandEntry(f"{_REMOTE}.change", "Go back to an earlier release of a component."),
    "stop": CommandEntry(f"{_REMOTE}.halting", "Stop a component, or all of an application."),
    "start": CommandEntry(f"{_REMOTE}.halting", "Start what was stopped."),
    "cancel": CommandEntry(f"{_REMOTE}.change", "Stop a deployment before its switch."),
    "deployments": CommandEntry(f"{_REMOTE}.deciding", "List deployments, or those that wait for something."),
    "approve": CommandEntry(f"{_REMOTE}.deciding", "Let a push go on that waits for somebody else's word."),
    "reject": CommandEntry(f"{_REMOTE}.deciding", "Turn such a push away, with a reason."),
    "early": CommandEntry(f"{_REMOTE}.deciding", "Let what waits for a maintenance window go on now, with a reason."),
    "remove": CommandEntry(f"{_REMOTE}.change", "Remove an application; its volumes stay."),
    "version": CommandEntry(f"{_REMOTE}.versions", "Keep what an application runs as a version; compare versions."),
    "export": CommandEntry(f"{_REMOTE}.bundles", "Write a version into a file for another site.", "export_"),
    "import": CommandEntry(f"{_REMOTE}.bundles", "Bring such a file to this site.", "import_"),
    "have": CommandEntry(f"{_REMOTE}.bundles", "Write down what this site has, for a small export."),
    "install": CommandEntry(f"{_REMOTE}.bring", "Install an application from a version."),
    "upgrade": CommandEntry(f"{_REMOTE}.bring", "Bring an application to another version, as one."),
    "data": CommandEntry(f"{_REMOTE}.data_group", "Write the data of components out, and read it in again."),
    "person": CommandEntry(f"{_REMOTE}.persons", "Add persons, give them roles, unlock them; change your password."),
    "token": CommandEntry(f"{_REMOTE}.tokens", "Create, list and revoke access tokens."),
    "session": CommandEntry(f"{_REMOTE}.records", "List the browsers that are signed in, and end their sessions."),
    "audit": CommandEntry(f"{_REMOTE}.records", "Read the audit log, check that it is whole, export it."),
    "policy": CommandEntry(f"{_REMOTE}.site_policy", "Show and change what Compose files may ask of the server."),
    "up": CommandEntry(f"{_LOCAL}.up", "Run everything on this server in one command."),
    "web": CommandEntry(f"{_LOCAL}.serve", "Run the web process alone."),
    "worker": CommandEntry(f"{_LOCAL}.serve", "Run one worker alone."),
    "observer": CommandEntry(f"{_LOCAL}.serve", "Run the observer alone."),
    "watch": CommandEntry(f"{_LOCAL}.serve", "Run the folder watcher alone."),
    "inspect": CommandEntry(f"{_LOCAL}.artifacts", "Say what a jar is and what it needs; no service needed."),
    "build": CommandEntry(f"{_LOCAL}.image_file", "Make an image file of a jar; no service and no engine needed."),
    "buildpacks": CommandEntry(
        f"{_LOCAL}.buildpacks", "List what kinds of artifacts are recognised, and in which order."
    ),
    "bundle": CommandEntry(f"{_LOCAL}.bundle_files", "Look into a bundle's file, or check it; no service needed."),
    "base": CommandEntry(f"{_LOCAL}.bases", "Manage the cache of base images."),
    "kit": CommandEntry(f"{_LOCAL}.kits", "Make one file that a bare server needs, to install or upgrade from."),
    "rehearse": CommandEntry(
        f"{_LOCAL}.rehearsing", "Try a bundle on this machine, apart from everything, before it leaves."
    ),
    "image": CommandEntry(f"{_LOCAL}.images", "Manage the cache of images that image components run."),
    "settings": CommandEntry(f"{_LOCAL}.settings_shown", "Show the settings in force, and where each comes from."),
    "doctor": CommandEntry(f"{_LOCAL}.doctor", "Check this server and say what to mend."),
    "prune": CommandEntry(
        f"{_LOCAL}.letting_go", "Let go of what the rule does not keep, and say how much room that gives."
    ),
    "verify": CommandEntry(f"{_LOCAL}.verification", "Read everything that is kept, and say what is damaged."),
    "secret": CommandEntry(f"{_LOCAL}.site_key", "Take a new key for the secrets in the ledger."),
    "support": CommandEntry(f"{_LOCAL}.supporting", "Gather what helps others to help, without any secret."),
    "backup": CommandEntry(f"{_LOCAL}.keep", "Write everything that must survive into one file."),
    "restore": CommandEntry(f"{_LOCAL}.keep", "Bring a backup back into an empty data directory."),
    "gateway": CommandEntry(f"{_LOCAL}.gateways", "Replace the gateways of an application."),
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
                mine = {name: entry for name, entry in COMMANDS.items() if entry.module.startswith(half)}
                formatter.write_dl(
                    [(name, in_words(f"said.command-{name}", word=entry.summary)) for name, entry in mine.items()]
                )


@click.group(cls=Loading, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="buildsvc", message="%(prog)s, version %(version)s")
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
