"""Programs of another architecture run here while a block lasts: an emulator registered with the kernel under our name.

Format of a registration: docs.kernel.org/admin-guide/binfmt-misc.html. Flag F opens the emulator at once, so that it is
found from inside containers.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FORMATS = Path("/proc/sys/fs/binfmt_misc")
EMULATOR = "qemu-aarch64-static"
ENTRY = "buildsvc-test-aarch64"
MAGIC = bytes.fromhex("7f454c460201010000000000000000000200b700")
"""A little-endian 64-bit ELF program whose e_machine is 183; the mask lets its ABI vary, and shared objects through."""
MASK = bytes.fromhex("ffffffffffffff00fffffffffffffffffeffffff")


class NotHere(Exception):
    """This machine cannot run them; the message says why."""


@contextmanager
def aarch64() -> Iterator[None]:
    """While it lasts, arm64 programs run, in containers too. What was registered before stays. Raises NotHere."""
    if os.uname().machine == "aarch64" or _registered():
        yield
        return
    emulator = shutil.which(EMULATOR)
    if emulator is None:
        raise NotHere(f"{EMULATOR} is not installed: apt-get install qemu-user-static")
    if os.geteuid() != 0:
        raise NotHere("Registering an emulator needs root.")
    mounted = not (FORMATS / "register").exists()
    if mounted:
        done = subprocess.run(
            ["mount", "-t", "binfmt_misc", "binfmt_misc", FORMATS], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise NotHere(f"The kernel offers no binfmt_misc: {done.stderr.strip()}")
    try:
        if not _registered():
            magic, mask = ("".join(f"\\x{byte:02x}" for byte in part) for part in (MAGIC, MASK))
            (FORMATS / "register").write_text(f":{ENTRY}:M:0:{magic}:{mask}:{emulator}:F")
        yield
    finally:
        if (FORMATS / ENTRY).exists():
            (FORMATS / ENTRY).write_text("-1")
        if mounted:
            subprocess.run(["umount", FORMATS], check=True)


def _registered() -> bool:
    """Whether an enabled registration, of whatever name, takes such programs."""
    if not FORMATS.is_dir():
        return False
    entries = [file.read_text() for file in FORMATS.iterdir() if file.name not in {"register", "status"}]
    return any(text.startswith("enabled") and f"magic {MAGIC.hex()}" in text for text in entries)
