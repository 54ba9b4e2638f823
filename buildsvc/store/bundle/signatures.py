"""Signatures of a bundle: who vouches for SHA256SUMS, by ed25519, ECDSA on P-256, or SM2 with SM3.

A signature and its public key travel beside the list. The key proves nothing by itself: a site names the keys that it
believes (BUILDSVC_BUNDLE_KEYS), and people compare the fingerprint.
"""

from __future__ import annotations

import hashlib
import os
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

from buildpacks.errors import Conflict, NotFound, Refused
from buildsvc.store.bundle import pem, sm2
from buildsvc.store.bundle.sections import LARGEST_SIGNATURE, SIGNATURES, SUMS

KeyKind = Literal["p256", "ed25519", "sm2"]
KINDS: tuple[KeyKind, ...] = get_args(KeyKind)
_SIGNATURE, _KEY = SIGNATURES
_P256 = ec.ECDSA(hashes.SHA256())
_COMMANDS: dict[KeyKind, tuple[str, str]] = {
    "p256": ("1.0", "openssl dgst -sha256 -verify {key} -signature {signature} {signed}"),
    "ed25519": ("3.0", "openssl pkeyutl -verify -pubin -inkey {key} -rawin -in {signed} -sigfile {signature}"),
    "sm2": ("3.0", "openssl dgst -sm3 -verify {key} -sigopt distid:{identity} -signature {signature} {signed}"),
}


@dataclass(frozen=True)
class SigningKey:
    """A public key: its kind, its bytes (SubjectPublicKeyInfo, DER), and the name that a site gives it, if any."""

    kind: KeyKind
    public: bytes
    name: str = ""

    @property
    def fingerprint(self) -> str:
        """SHA-256 of the key, in hex: what people compare by telephone."""
        return hashlib.sha256(self.public).hexdigest()

    @property
    def command(self) -> tuple[str, str]:
        """The oldest OpenSSL that can check its signatures, and how it is called where the bundle was unpacked."""
        return self.checked_by(SUMS, *SIGNATURES)

    def checked_by(self, signed: str, signature: str, key: str) -> tuple[str, str]:
        """Give the oldest OpenSSL that can check a signature of this key, and how, for files of these names."""
        age, command = _COMMANDS[self.kind]
        files = {"signed": signed, "signature": signature, "key": key}
        quoted = {name: shlex.quote(file) for name, file in files.items()}
        return age, command.format(**quoted, identity=sm2.IDENTITY.decode())


def make(kind: KeyKind) -> tuple[bytes, bytes]:
    """Give a new key: private and public, as PEM."""
    if kind == "sm2":
        private = sm2.make()
    else:
        made = ec.generate_private_key(ec.SECP256R1()) if kind == "p256" else ed25519.Ed25519PrivateKey.generate()
        private = made.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return pem.armoured(pem.PRIVATE, private), pem.armoured(pem.PUBLIC, _public_of(private))


def write(path: Path, kind: KeyKind) -> SigningKey:
    """Make a key: `path` becomes the private one (0600), `path`.pub the public one. Raises Conflict `key-there`."""
    private, public = make(kind)
    for file, content, mode in ((path, private, 0o600), (path.with_name(f"{path.name}.pub"), public, 0o644)):
        try:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        except FileExistsError as error:
            raise Conflict("key-there", file=str(file)) from error
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(content)
    return public_key(public)


def sign(private: bytes, sums: bytes) -> dict[str, bytes]:
    """Sign a list of checksums with a private key (PEM): the sections that go beside it. Raises Refused `bad-key`."""
    key = pem.content(pem.PRIVATE, private)
    public = _public_of(key)
    if sm2.is_private(key):
        signature = sm2.sign(key, sums)
    else:
        loaded = _private(key)
        signature = loaded.sign(sums) if isinstance(loaded, ed25519.Ed25519PrivateKey) else loaded.sign(sums, _P256)
    return {_SIGNATURE: signature, _KEY: pem.armoured(pem.PUBLIC, public)}


def signer(signatures: Mapping[str, bytes], sums: bytes) -> SigningKey | None:
    """Whose signature it is, None where there is none. Raises Refused `bundle-signature` where one is there that is not
    right, or half of one.
    """
    if not signatures:
        return None
    if set(signatures) != set(SIGNATURES) or any(len(one) > LARGEST_SIGNATURE for one in signatures.values()):
        raise Refused("bundle-signature.half")
    key = public_key(signatures[_KEY])
    if not _verifies(key, signatures[_SIGNATURE], sums):
        raise Refused("bundle-signature.wrong", fingerprint=key.fingerprint)
    return key


def public_key(text: bytes, name: str = "") -> SigningKey:
    """Read a public key (PEM). Raises Refused `bundle-signature.key` where it is none of a known kind."""
    key = pem.content(pem.PUBLIC, text)
    if sm2.is_public(key):
        return SigningKey("sm2", key, name)
    try:
        loaded = load_der_public_key(key)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Refused("bundle-signature.key") from error
    if isinstance(loaded, ed25519.Ed25519PublicKey):
        return SigningKey("ed25519", key, name)
    if isinstance(loaded, ec.EllipticCurvePublicKey) and isinstance(loaded.curve, ec.SECP256R1):
        return SigningKey("p256", key, name)
    raise Refused("bundle-signature.key")


def trusted(folder: Path) -> tuple[SigningKey, ...]:
    """Read a folder's keys, named by their files. Raises NotFound `no-bundle-keys`, Refused `bundle-signature.key`."""
    found = [path for path in _entries(folder) if path.suffix in {".pem", ".pub"} and path.is_file()]
    return tuple(public_key(path.read_bytes(), path.stem) for path in found)


def required(key: SigningKey | None, keys: Iterable[SigningKey]) -> SigningKey:
    """Give the one of `keys` that signed. Raises Refused `bundle-signature.missing`, `bundle-signature.unknown`."""
    known = tuple(keys)
    names = [one.name for one in known]
    if key is None:
        raise Refused("bundle-signature.missing", names=names)
    found = next((one for one in known if one.public == key.public), None)
    if found is None:
        raise Refused("bundle-signature.unknown", fingerprint=key.fingerprint, names=names)
    return found


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError as error:
        raise NotFound("no-bundle-keys", folder=str(folder)) from error


def _verifies(key: SigningKey, signature: bytes, sums: bytes) -> bool:
    if key.kind == "sm2":
        return sm2.verifies(key.public, signature, sums)
    loaded = load_der_public_key(key.public)
    try:
        if isinstance(loaded, ed25519.Ed25519PublicKey):
            loaded.verify(signature, sums)
        else:
            assert isinstance(loaded, ec.EllipticCurvePublicKey), "public_key knows no other"
            loaded.verify(signature, sums, _P256)
    except InvalidSignature:
        return False
    return True


def _public_of(private: bytes) -> bytes:
    if sm2.is_private(private):
        return sm2.public_of(private)
    return _private(private).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _private(key: bytes) -> ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey:
    try:
        loaded = load_der_private_key(key, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise Refused("bad-key") from error
    if isinstance(loaded, ed25519.Ed25519PrivateKey):
        return loaded
    if isinstance(loaded, ec.EllipticCurvePrivateKey) and isinstance(loaded.curve, ec.SECP256R1):
        return loaded
    raise Refused("bad-key")
