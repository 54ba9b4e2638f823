"""What is to be built, and how: plain values, all known before the first layer is made."""

from __future__ import annotations

from dataclasses import dataclass

from buildpacks.analysis import Analysis
from buildpacks.buildpack import Buildpacks
from buildpacks.kinds.detect import BUILT_IN
from buildpacks.platforms import Platform
from buildsvc.model.application import Natives


@dataclass(frozen=True)
class Understanding:
    """What the artifact is, and how many seconds that took to say; `ahead` are the digests of layers that were written
    meanwhile.
    """

    analysis: Analysis
    seconds: float = 0.0
    ahead: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Order:
    """How to build. `java` pins the release; `buildpacks` are asked whose it is; `context` is the context path of a war
    on Tomcat; `stamp` is the time of the application's files in seconds since the epoch (None: the artifact's newest);
    `shared` puts large libraries into layers of their own; `split` names those that share one because they change;
    `cds` uses the CDS archive of its libraries, or has the instance write down what the next one is made of; `natives`
    says what follows where a native library cannot be loaded, `page` the size of a memory page in bytes on the host
    that will run it, where that is known.
    """

    platform: Platform
    reference: str
    java: int | None = None
    buildpacks: Buildpacks = BUILT_IN
    context: str = "/"
    stamp: int | None = None
    shared: bool = False
    split: frozenset[str] = frozenset()
    cds: bool = False
    natives: Natives = "auto"
    page: int | None = None
