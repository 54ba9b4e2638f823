"""The environment into settings. A bad or unknown setting is refused; it never becomes the default in silence."""

from __future__ import annotations

import difflib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from buildpacks.errors import Refused
from buildsvc.settings import values
from buildsvc.settings.nouns import ClientSettings, Paths, Settings
from buildsvc.settings.table import SERVICE, table

T = TypeVar("T")


def read(environ: Mapping[str, str] | None = None, *, root: bool | None = None) -> Settings:
    """The service's settings out of `environ` (the process's own by default). `root` says whether to take root's
    defaults (by default: whether this process is root's). Raises Refused `unknown-setting` or `bad-setting`.
    """
    given = _given(environ)
    is_root = (getattr(os, "geteuid", lambda: 1)() == 0) if root is None else root
    home = _home(given)
    local = Path(given["XDG_DATA_HOME"]) if given.get("XDG_DATA_HOME") else home / ".local" / "share"
    data = _parsed(given, "BUILDSVC_DATA", None, values.absolute)
    data = data or (Path("/var/lib/buildsvc") if is_root else local / "buildsvc")
    host, port = _required(given, "BUILDSVC_LISTEN", values.address)
    streams, threads = (_required(given, name, values.count) for name in ("BUILDSVC_STREAMS", "BUILDSVC_THREADS"))
    if threads <= streams:
        raise Refused(
            "bad-setting",
            f"BUILDSVC_THREADS is {threads} and BUILDSVC_STREAMS is {streams}: nothing is left to answer with.",
            "Set BUILDSVC_THREADS higher than BUILDSVC_STREAMS.",
        )
    own_runtime = Path(given.get("XDG_RUNTIME_DIR") or "/tmp")  # noqa: S108 - the folder made in it has mode 0700
    return Settings(
        data=data,
        listen_host=host,
        listen_port=port,
        redis_url=_parsed(given, "BUILDSVC_REDIS_URL", None, values.redis),
        subnets=_required(given, "BUILDSVC_SUBNETS", values.subnets),
        workers=_required(given, "BUILDSVC_WORKERS", values.count),
        max_upload=_required(given, "BUILDSVC_MAX_UPLOAD", values.byte_size),
        docker_host=given.get("BUILDSVC_DOCKER_HOST") or given.get("DOCKER_HOST") or None,
        inbox=_parsed(given, "BUILDSVC_INBOX", None, values.absolute) or Paths(data).inbox,
        buildpacks=_parsed(given, "BUILDSVC_BUILDPACKS", None, values.absolute) or Paths(data).buildpacks,
        poll=_required(given, "BUILDSVC_POLL", values.seconds),
        watch_polling=_required(given, "BUILDSVC_WATCH_POLLING", values.flag),
        streams=streams,
        threads=threads,
        log_level=_required(given, "BUILDSVC_LOG_LEVEL", values.level),
        admin_token=_parsed(given, "BUILDSVC_ADMIN_TOKEN", None, values.token),
        runtime_root=Path("/run") if is_root else own_runtime,
    )


def read_client(environ: Mapping[str, str] | None = None) -> ClientSettings:
    """The laptop's settings. Raises Refused `unknown-setting` or `bad-setting`."""
    given = _given(environ)
    roaming = given.get("XDG_CONFIG_HOME") or given.get("APPDATA")
    folder = Path(roaming) if roaming else _home(given) / ".config"
    return ClientSettings(
        url=_parsed(given, "BUILDSVC_URL", None, values.url),
        token=given.get("BUILDSVC_TOKEN") or None,
        login_file=folder / "buildsvc" / "login.json",
    )


def _given(environ: Mapping[str, str] | None) -> Mapping[str, str]:
    given = os.environ if environ is None else environ
    known = [name for name, _, _ in table()]
    for name in sorted(given):
        if name.startswith("BUILDSVC_") and name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean {close[0]}?" if close else f"Known: {', '.join(known)}."
            raise Refused("unknown-setting", f"The setting {name} is not known.", hint)
    return given


def _home(given: Mapping[str, str]) -> Path:
    home = given.get("HOME") or given.get("USERPROFILE")
    return Path(home) if home else Path.home()


def _required(given: Mapping[str, str], name: str, parser: Callable[[str], T]) -> T:
    """The value, or that of the table's default."""
    default = next(default for known, default, _ in SERVICE if known == name)
    value = _parsed(given, name, default, parser)
    assert value is not None
    return value


def _parsed(given: Mapping[str, str], name: str, default: str | None, parser: Callable[[str], T]) -> T | None:
    # A variable set to nothing is how a shell or a Compose file says "not set".
    text = given.get(name, "").strip() or default
    if text is None:
        return None
    try:
        return parser(text)
    except (ValueError, Refused) as error:
        why = error.hint if isinstance(error, Refused) else str(error)
        raise Refused(
            "bad-setting", f"The setting {name} is {_shown(name, text)}, which is not understood.", why
        ) from error


def _shown(name: str, text: str) -> str:
    """An address may hold a password, and a token is one."""
    return "•••" if name.endswith(("_TOKEN", "_URL")) else f"'{text}'"
