"""Folders of wheels with another version of buildsvc in them: a newer one, and one that never becomes ready."""

from __future__ import annotations

import re
import shutil
import zipfile
from pathlib import Path

_NEVER_READY = b"""

def web(*given, **named):
    raise SystemExit("this version never becomes ready")
"""
_UPGRADE, _PARTS = "buildsvc/store/upgrade.py", "buildsvc/doors/processes/children.py"
_MIGRATION = "buildsvc/store/migrations/versions/r9999_future.py"
FUTURE = "9999"
_LIST = re.compile(rb"REVISIONS = \(([^)]*)\)")


def as_version(source: Path, target: Path, version: str, *, broken: bool = False) -> Path:
    """The wheels of `source` with buildsvc under another version. One that is `broken` brings the ledger to tables that
    no other version knows, and then does not become ready.
    """
    target.mkdir()
    for wheel in source.glob("*.whl"):
        if wheel.name.startswith("buildsvc-"):
            _rewritten(wheel, target, version, broken=broken)
        else:
            shutil.copy2(wheel, target)
    return target


def _rewritten(wheel: Path, target: Path, version: str, *, broken: bool) -> None:
    old = wheel.name.split("-")[1]
    with (
        zipfile.ZipFile(wheel) as before,
        zipfile.ZipFile(target / f"buildsvc-{version}-py3-none-any.whl", "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for name in before.namelist():
            data = before.read(name)
            if name.endswith(".dist-info/METADATA"):
                data = data.replace(f"\nVersion: {old}\n".encode(), f"\nVersion: {version}\n".encode())
            if broken and name == _PARTS:
                data += _NEVER_READY
            if broken and name == _UPGRADE:
                data = _with_future(data)
            after.writestr(name.replace(f"buildsvc-{old}.dist-info", f"buildsvc-{version}.dist-info"), data)
        if broken:
            after.writestr(_MIGRATION, _migration(before.read(_UPGRADE)))


def _with_future(data: bytes) -> bytes:
    return _LIST.sub(rb'REVISIONS = (\1, "9999")', data)


def _migration(upgrade: bytes) -> str:
    found = _LIST.search(upgrade)
    assert found is not None
    newest = found[1].decode().strip(' ,"').rpartition('"')[2]
    return f'''"""A table that only this version knows."""

from alembic import op

revision, down_revision, branch_labels, depends_on = "{FUTURE}", "{newest}", None, None


def upgrade() -> None:
    op.execute("CREATE TABLE future (id INTEGER PRIMARY KEY)")
'''
