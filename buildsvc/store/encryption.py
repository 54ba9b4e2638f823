"""Backups that only the holder of a key can read: the age format (age-encryption.org/v1), by pyrage.

The site needs the public key alone; `age` itself, or `buildsvc restore --identity`, opens them with the other one.
"""

from __future__ import annotations

from pathlib import Path

import pyrage

from buildpacks.errors import NotFound, Refused
from buildpacks.sentences.values import foreign
from buildsvc.store.durable_files import move_into_place, sync_file

SUFFIX = ".age"


def check_key(public_key: str) -> None:
    """Raise Refused `bad-backup-key` unless it is an age public key."""
    _recipient(public_key)


def encrypt(source: Path, target: Path, public_key: str) -> None:
    """Write `target` whole or not at all. Raises Refused `bad-backup-key`, OSError."""
    recipient = _recipient(public_key)
    part = target.with_name(f".{target.name}.part")
    try:
        pyrage.encrypt_file(str(source), str(part), [recipient])
        sync_file(part)
        part.chmod(0o600)
        move_into_place(part, target)
    finally:
        part.unlink(missing_ok=True)


def decrypt(source: Path, target: Path, identity: Path) -> None:
    """Open `source` with a key file as `age-keygen` writes it. Raises NotFound `no-identity`, Refused
    `wrong-identity`; nothing is left then.
    """
    try:
        text = identity.read_text("utf-8", "replace")
    except OSError as error:
        raise NotFound("no-identity", file=identity, why=foreign(error, path=False)) from error
    lines = [line.strip() for line in text.splitlines() if line.strip().startswith("AGE-SECRET-KEY-")]
    try:
        keys = [pyrage.x25519.Identity.from_str(line) for line in lines]
        pyrage.decrypt_file(str(source), str(target), keys)
    except (pyrage.IdentityError, pyrage.DecryptError, ValueError) as error:
        target.unlink(missing_ok=True)
        raise Refused("wrong-identity", file=source, identity=identity) from error


def _recipient(public_key: str) -> pyrage.x25519.Recipient:
    try:
        return pyrage.x25519.Recipient.from_str(public_key.strip())
    except (pyrage.RecipientError, ValueError) as error:
        raise Refused("bad-backup-key", key=public_key) from error
