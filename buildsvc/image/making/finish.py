"""What the packages' scripts would have made, made by us: users, links, certificates, folders."""

from __future__ import annotations

from pathlib import PurePosixPath

from buildsvc.image.making import trust
from buildsvc.image.making.recipe import Recipe, User
from buildsvc.image.making.rootfs import RootFs

_CERTIFICATES = "usr/share/ca-certificates/*.crt"
_BUNDLE = "etc/ssl/certs/ca-certificates.crt"
_NSSWITCH = b"passwd: files\ngroup: files\nhosts: files dns\nservices: files\nprotocols: files\n"
_FOLDERS = {
    **dict.fromkeys(("dev", "etc", "home", "mnt", "opt", "proc", "root", "run", "srv", "sys", "usr", "var/lib"), 0o755),
    **dict.fromkeys(("tmp", "var/tmp"), 0o1777),
}
_FIRST = (User("root", 0, "/root"), User("nobody", 65534, "/nonexistent"))


def finish(root: RootFs, recipe: Recipe, fill: dict[str, str]) -> None:
    """Complete the file system. `fill` has the values for `{java_home}` and `{architecture}` in links."""
    _folders(root)
    _users(root, recipe)
    _certificates(root, recipe)
    for applet in recipe.applets:
        root.link(f"usr/bin/{applet}", "busybox", keep=True)
    for path, target in recipe.links.items():
        root.link(_fill(path, fill), _fill(target, fill))
    for folder in recipe.folders:
        root.folder(folder.path, folder.mode, folder.owner)
    for file in recipe.files:
        root.put(file.path, file.content, file.mode)


def _folders(root: RootFs) -> None:
    for path, mode in _FOLDERS.items():
        root.folder(path, mode)
    for name in ("bin", "sbin", "lib", "lib32", "lib64", "libx32"):
        if root.paths(f"usr/{name}/*"):
            root.link(name, f"usr/{name}")
    root.link("var/run", "/run")
    root.link("var/lock", "/run/lock")


def _users(root: RootFs, recipe: Recipe) -> None:
    users = (*_FIRST, *recipe.users)
    passwd = "".join(f"{user.name}:x:{user.id}:{user.id}:{user.name}:{user.home}:/bin/sh\n" for user in users)
    root.put("etc/passwd", passwd.encode())
    root.put("etc/group", "".join(f"{user.name}:x:{user.id}:\n" for user in users).encode())
    root.put("etc/nsswitch.conf", _NSSWITCH)
    for user in recipe.users:
        root.folder(user.home.strip("/"), 0o755, user.id)


def _certificates(root: RootFs, recipe: Recipe) -> None:
    """One bundle, and Java's store; the files that they were made from are not needed any more."""
    found = [(PurePosixPath(path).stem, root.read(path)) for path in root.paths(_CERTIFICATES)]
    root.put(_BUNDLE, trust.bundle([pem for _, pem in found]))
    root.link("etc/ssl/cert.pem", "certs/ca-certificates.crt")
    for path in root.paths(_CERTIFICATES):
        root.remove(path)
    if recipe.java_trust_store:
        root.put(recipe.java_trust_store.lstrip("/"), trust.java_store(found))


def _fill(text: str, fill: dict[str, str]) -> str:
    for name, value in fill.items():
        text = text.replace("{" + name + "}", value)
    return text
