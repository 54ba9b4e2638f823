"""Facts about one artifact, read once and handed to every buildpack. Configuration files stay raw bytes."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True)
class FileState:
    """Which file was looked at, and as what: whoever opens it again by its path can tell whether it is the same."""

    inode: int
    size: int
    mtime: int
    """Nanoseconds."""

    @classmethod
    def of(cls, descriptor: int) -> FileState:
        """Of an open file."""
        found = os.fstat(descriptor)
        return cls(found.st_ino, found.st_size, found.st_mtime_ns)


@dataclass(frozen=True)
class Member:
    """One entry of the archive. `crc` is the stored CRC-32, `offset` counts from the *file's* start to the data."""

    name: str
    size: int
    compressed_size: int
    crc: int
    offset: int
    stored: bool
    is_dir: bool
    mtime: int
    """Seconds since the epoch, the DOS date read as UTC."""


@dataclass(frozen=True)
class ClassStats:
    """Class-file major versions below one prefix, `META-INF/versions/` and `module-info` left out."""

    count: int
    newest_major: int | None


@dataclass(frozen=True)
class NativeLibrary:
    """An ELF file inside the artifact (`path` shows nesting with `!/`)."""

    path: str
    machine: str
    """In OCI words: amd64, arm64, loong64; or `em-N`."""
    libc: str | None = None
    """The C library that it asks for: glibc, musl, bionic (Android), `other` (another system's), `none`; `unknown`
    where it cannot be read. None where nobody has looked yet.
    """
    glibc: str = ""
    """The newest symbol version of glibc that it needs (`2.17`); empty for none."""
    glibcxx: str = ""
    """The same of the C++ library (`3.4.21`)."""
    needed: tuple[str, ...] = ()
    """Names of the shared libraries that it asks for (DT_NEEDED)."""
    align: int = 0
    """The smallest alignment of its segments in bytes: a host with larger pages cannot load it. 0: none is said."""


@dataclass(frozen=True)
class Library:
    """A nested jar: its entry in the artifact, content digest, and what it says of itself."""

    entry: str
    sha256: str
    size: int
    classes: ClassStats
    maven: tuple[str, str, str] | None
    """groupId, artifactId, version from its pom.properties, when it has exactly one."""
    natives: tuple[NativeLibrary, ...] = ()
    """Native libraries inside; `path` is relative to this jar."""
    servlet: tuple[str, ...] | None = None
    """Which of javax and jakarta its classes name in front of `servlet`; None where nobody has looked yet."""


@dataclass(frozen=True)
class Servlet:
    """What a war asks of its container; `own` and `libraries` are pairs (javax or jakarta, how many use it)."""

    own: tuple[tuple[str, int], ...] = ()
    """Classes of the application itself, and pages."""
    libraries: tuple[tuple[str, int], ...] = ()
    """Empty where nobody needed to look: the application's own classes or its web.xml decide."""
    version: tuple[int, int] | None = None
    """The Servlet version that web.xml names."""
    namespace: str | None = None
    """The one that belongs to web.xml's version."""
    pages: int = 0
    """JSPs."""
    ejb: bool = False
    """Whether a class of its own is or uses an Enterprise Bean."""


@dataclass(frozen=True)
class Program:
    """A jar in a folder that names a Main-Class: its entry and the main attributes of its manifest."""

    entry: str
    manifest: dict[str, str]


@dataclass(frozen=True)
class StartScript:
    """What a shell script says of a start, read as text; it is never run."""

    entry: str
    main_classes: tuple[str, ...]
    """Classes named in it that are in some jar here and have a main method, in its order."""
    jars: tuple[str, ...]
    """File names of jars named in it, in its order."""
    options: tuple[str, ...] = ()
    """JVM options that a Gradle script states as its default; `$APP_HOME` as it is written."""
    more_options: bool = False
    """Whether it seems to state JVM options elsewhere."""
    module: str | None = None
    """The module whose class it starts, where it does that by `--module`."""
    module_path: tuple[str, ...] = ()
    """File names of the jars that are modules for it; empty where it names none: then all are."""


@dataclass(frozen=True)
class Folder:
    """Of an archive that is no program itself, but a folder that holds one."""

    root: str
    """The one folder that holds everything (`app-1.0/`); empty where there is none."""
    programs: tuple[Program, ...]
    scripts: tuple[StartScript, ...]
    homes: dict[str, tuple[str, int]]
    """Main class to the jar that holds it (its entry) and its class-file major version."""


@dataclass(frozen=True)
class Analysis:
    """What one artifact holds. `path` is on this machine; everything else would be the same on any."""

    path: str
    filename: str
    sha256: str
    size: int
    members: tuple[Member, ...]
    manifest: dict[str, str]
    """Main attributes of META-INF/MANIFEST.MF, continuation lines joined."""
    classes: ClassStats
    """Of the application's own classes: the root, BOOT-INF/classes and WEB-INF/classes."""
    main_class_major: int | None
    libraries: tuple[Library, ...]
    natives: tuple[NativeLibrary, ...]
    configuration: dict[str, bytes]
    """Raw application/bootstrap .yml .yaml .properties files, by entry name."""
    maven: tuple[str, str, str] | None
    """groupId, artifactId, version of the artifact itself (pom.properties), when there is exactly one."""
    layers_index: bytes | None
    classpath_index: bytes | None
    newest_mtime: int
    """The newest entry's time, seconds since the epoch: the default stamp."""
    main_class: str | None = None
    """The class that is started: Start-Class where a Spring Boot launcher is the Main-Class, else Main-Class."""
    main_class_entry: str | None = None
    """The entry that holds it (`!/` where it lies in a library); None where the artifact does not have it."""
    revision: str | None = None
    """The source revision, from git.properties or the manifest."""
    servlet: Servlet | None = None
    """Of wars that do not bring their own launcher; None for everything else."""
    folder: Folder | None = None
    """Of a zip that is no jar or war itself; None for everything else."""
    outside: tuple[str, ...] = ()
    """Classes that the main class of a jar without libraries names, and that neither the artifact nor Java has."""
    state: FileState | None = None
    """Of the file, when its directory was read; None for an analysis that was made otherwise."""
    loads: tuple[str, ...] = ()
    """File names (`libfoo.so`) of the native libraries that the class which is started loads whatever happens."""
