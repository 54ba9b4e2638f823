"""docs/settings.md, made of the declarations."""

from __future__ import annotations

from buildsvc.settings import laptop
from buildsvc.settings.settings import Settings, variable
from buildsvc.settings.written import default_of, how_written

_HEAD = """# Settings

Every setting is a variable of the environment, or a line `NAME=value` of the settings file; the environment comes
first. A name that begins with `BUILDSVC_` and is not in this table, or a value that cannot be read, ends the program
with a message that says what, where and what to do: a bad setting never becomes the default in silence. A variable set
to nothing counts as not set. `buildsvc settings` prints the settings in force on this server and where each comes from.

This page is made of buildsvc/settings by `scripts/reference`.

## The service

"""
_LAPTOP = """
## The command line on a laptop

A laptop reads these two alone, and refuses a name that looks like one of them mistyped.

"""
_COLUMNS = "| setting | written as | default | meaning |\n|---|---|---|---|\n"


def page() -> str:
    """Write the whole page."""
    service = [
        (variable(name), how_written(field), default_of(field), field.description or "")
        for name, field in Settings.model_fields.items()
    ]
    own = [(name, said["written"], said["shown"], said["meaning"]) for name, said in laptop.declared().items()]
    return _HEAD + _COLUMNS + _rows(service) + _LAPTOP + _COLUMNS + _rows(own)


def _rows(rows: list[tuple[str, str, str, str]]) -> str:
    return "".join(f"| `{name}` | {how} | {default} | {meaning} |\n" for name, how, default, meaning in rows)
