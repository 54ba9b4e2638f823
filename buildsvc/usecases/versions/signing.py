"""Who vouches for a bundle: the signature that goes out with it, and the one that a site demands of what comes in."""

from __future__ import annotations

from collections.abc import Mapping

from buildpacks.errors import NotFound
from buildsvc.model.bundle import signature_fact
from buildsvc.store.bundle.sections import SIGNATURES
from buildsvc.store.bundle.signatures import SigningKey, required, signer, trusted
from buildsvc.usecases.site import Site


def keep(site: Site, bundle: str, sums: bytes, signatures: Mapping[str, bytes]) -> SigningKey:
    """Keep the signature of an exported bundle, named by the digest of its app.json, so that its file carries it.
    Raises Refused `bundle-signature` where it is not one of these checksums.
    """
    key = signer(signatures, sums)
    if key is None:
        raise NotFound("no-signature")
    site.ledger.remember(signature_fact(bundle), [signatures[name].hex() for name in SIGNATURES])
    return key


def signatures(site: Site, bundle: str) -> dict[str, bytes]:
    """Give the sections that sign an exported bundle; none where nobody has signed it."""
    kept: list[str] | None = site.ledger.recall(signature_fact(bundle))
    return {} if kept is None else {name: bytes.fromhex(one) for name, one in zip(SIGNATURES, kept, strict=True)}


def admitted(site: Site, sums: bytes, given: Mapping[str, bytes]) -> SigningKey | None:
    """Whose signature a bundle has that comes in, named as this site names the key. Raises Refused `bundle-signature`
    where it is wrong, or where the site demands one of its own keys (BUILDSVC_BUNDLE_KEYS) and it is none of them.
    """
    key = signer(given, sums)
    folder = site.settings.bundle_keys
    return key if folder is None else required(key, trusted(folder))


def said(key: SigningKey | None) -> str:
    """Name a key as people know it: by the name that the site gives it, else by its fingerprint; "" for none."""
    return "" if key is None else key.name or key.fingerprint
