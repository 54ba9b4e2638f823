"""Secret values: kept apart from releases, encrypted with the site's own key (Fernet, a file of mode 0600).

The file holds one key; while a new one takes over, both, a line each, the new one first: it seals, either opens.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from buildpacks.errors import Failure
from buildsvc.model.application import Secret, Value
from buildsvc.store.durable_files import atomic_write, sync_folder
from buildsvc.store.ledger import Ledger
from buildsvc.store.ledger.near import not_found


class Secrets:
    """`key_path` is made at the first `put`, once, and never replaced."""

    def __init__(self, ledger: Ledger, key_path: Path) -> None:
        self._ledger = ledger
        self._key_path = key_path

    def put(self, application: str, name: str, value: str) -> None:
        sealed = self._fernet(make=True).encrypt(value.encode())
        self._ledger.save_sealed(application, name, sealed)

    def get(self, application: str, name: str) -> str:
        """Return the secret value. Raises NotFound `no-such-secret`, Failure `wrong-key`."""
        return self._open(application, name, self._ledger.sealed(application))

    def remove(self, application: str, name: str) -> None:
        self._ledger.remove_sealed(application, name)

    def seal(self, content: bytes) -> str:
        """Encrypt what has to wait in the ledger; only this site's key opens it again."""
        return self._fernet(make=True).encrypt(content).decode()

    def unseal(self, sealed: str) -> bytes:
        """Return what `seal` was given. Raises Failure `wrong-key`."""
        try:
            return self._fernet(make=False).decrypt(sealed.encode())
        except InvalidToken as error:
            raise Failure("wrong-key.waiting", key_path=self._key_path) from error

    def names(self, application: str) -> tuple[str, ...]:
        return tuple(self._ledger.sealed(application))

    def resolve(self, application: str, environment: Iterable[tuple[str, Value]]) -> dict[str, str]:
        """Return a plain environment. Never write its result down. Raises NotFound `no-such-secret`, Failure
        `wrong-key`.
        """
        sealed = self._ledger.sealed(application)
        return {
            key: self._open(application, value.name, sealed) if isinstance(value, Secret) else value
            for key, value in environment
        }

    def _open(self, application: str, name: str, sealed: dict[str, bytes]) -> str:
        if name not in sealed:
            raise not_found("secret", name, sealed, application)
        try:
            return self._fernet(make=False).decrypt(sealed[name]).decode()
        except InvalidToken as error:
            raise Failure("wrong-key.secret", name=name, application=application, key_path=self._key_path) from error

    def rotate(self, settled: Callable[[], None]) -> int:
        """Take a new key and seal everything with it; returns how many values that were. Interrupted at any point, the
        next call goes on, and every secret opens meanwhile. `settled` returns when whoever began to seal with the
        former key has written it down. Raises Failure `wrong-key`; the former key then stays.
        """
        keys = self._keys()
        if len(keys) == 1:
            keys = [Fernet.generate_key(), *keys]
            self._replace(keys)
        newest, every = Fernet(keys[0]), MultiFernet([Fernet(key) for key in keys])
        count = self._ledger.reseal(lambda sealed: self._anew(sealed, newest, every))
        settled()
        count += self._ledger.reseal(lambda sealed: self._anew(sealed, newest, every))
        self._replace(keys[:1])
        return count

    def _anew(self, sealed: bytes, newest: Fernet, every: MultiFernet) -> bytes:
        try:
            newest.decrypt(sealed)
        except InvalidToken:
            try:
                return every.rotate(sealed)
            except InvalidToken as error:
                raise Failure("wrong-key.waiting", key_path=self._key_path) from error
        return sealed

    def _keys(self) -> list[bytes]:
        self._fernet(make=True)
        return self._key_path.read_bytes().split()

    def _replace(self, keys: list[bytes]) -> None:
        atomic_write(self._key_path, b"\n".join(keys), tmp=self._key_path.parent)

    def _fernet(self, *, make: bool) -> MultiFernet:
        try:
            held = self._read_or_make() if make else self._key_path.read_bytes()
            return MultiFernet([Fernet(key) for key in held.split()])
        except FileNotFoundError as error:
            raise Failure("wrong-key.missing", key_path=self._key_path) from error
        except ValueError as error:
            raise Failure("wrong-key.no-key", key_path=self._key_path) from error

    def _read_or_make(self) -> bytes:
        if not self._key_path.exists():
            self._make()
        return self._key_path.read_bytes()

    def _make(self) -> None:
        temporary = self._key_path.with_name(f"{self._key_path.name}.{os.getpid()}.{os.urandom(4).hex()}")
        descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(Fernet.generate_key())
                file.flush()
                os.fsync(file.fileno())
            # A link never replaces: of two processes that come first at once, one wins and both use its key.
            os.link(temporary, self._key_path)
            sync_folder(self._key_path.parent)
        except FileExistsError:
            return
        finally:
            temporary.unlink()
