"""What happens to a version of a whole application, and to the bundle that carries it: events as `events` has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from buildsvc.model.data_events import DataEvent


@dataclass(frozen=True)
class ImageKept:
    """An image that only the engine had was taken into the cache; `size` of its layers in bytes."""

    reference: str
    size: int
    kind: Literal["image-kept"] = "image-kept"


@dataclass(frozen=True)
class VersionMade:
    """`new` is False where the newest version says the same already, so that none was made."""

    number: int
    name: str
    new: bool
    kind: Literal["version-made"] = "version-made"


@dataclass(frozen=True)
class BundleReady:
    """A bundle can be fetched. `document` is the digest of its `app.json`, `sums` of its `SHA256SUMS`; `size` of the
    file and `left_out`, what it builds on, in bytes.
    """

    document: str
    size: int
    blobs: int
    left_out: int
    platforms: tuple[str, ...]
    sums: str = ""
    kind: Literal["bundle-ready"] = "bundle-ready"


@dataclass(frozen=True)
class ComponentBrought:
    """Of a change of the whole application: one component serves its release; `deployment` is its own swap."""

    component: str
    release: int
    deployment: str
    kind: Literal["component-brought"] = "component-brought"


@dataclass(frozen=True)
class TakenBack:
    """Of a change that failed: a component was asked back to `release`; `problem` says why, where that failed."""

    component: str
    release: int
    serving: bool
    problem: str = ""
    kind: Literal["taken-back"] = "taken-back"


@dataclass(frozen=True)
class VersionArrived:
    """A version came from another site (`origin`: site and number there), `signed` by whom. `new` bytes were read from
    a file; 0 where a client sent them. `document` and `sums` are the digests of the bundle's `app.json` and
    `SHA256SUMS`, `fingerprint` that of the key that signed it.
    """

    application: str
    number: int
    name: str
    origin: str
    signed: str
    new: int
    document: str = ""
    sums: str = ""
    fingerprint: str = ""
    kind: Literal["version-arrived"] = "version-arrived"


VersionEvent = ImageKept | VersionMade | BundleReady | VersionArrived | ComponentBrought | TakenBack | DataEvent
