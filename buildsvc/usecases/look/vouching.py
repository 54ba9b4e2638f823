"""The site vouches for what it records: a signature of its own key, which anybody checks with OpenSSL."""

from __future__ import annotations

from buildsvc.store.bundle import signatures
from buildsvc.store.bundle.sections import SIGNATURES
from buildsvc.store.durable_files import alone
from buildsvc.usecases.site import Site

_KEY = "record key"


def vouched(site: Site, content: bytes) -> tuple[bytes, bytes]:
    """Sign these bytes with the site's key; gives the signature and the public key (PEM). The key is ECDSA on P-256,
    made at the first call, and kept sealed like any secret, under no application's name.
    """
    made = signatures.sign(_key(site).encode("ascii"), content)
    signature, key = (made[name] for name in SIGNATURES)
    return signature, key


def public_key(site: Site) -> bytes:
    """Return the public half of the site's key (PEM), which is made where nothing was signed yet."""
    return vouched(site, b"")[1]


def _key(site: Site) -> str:
    tmp = site.settings.paths.tmp
    tmp.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Two that ask first at the same time get the same key.
    with alone(tmp / "record-key.lock"):
        if _KEY not in site.secrets.names(""):
            private, _ = signatures.make("p256")
            site.secrets.put("", _KEY, private.decode("ascii"))
        return site.secrets.get("", _KEY)
