"""Where in a Compose file stands what a rule of the site policy is about. Pure."""

from __future__ import annotations

from buildsvc.compose.places import Place, Places

_KEYS = {
    "binds": ("volumes", "driver_opts"),
    "capabilities": ("cap_add",),
    "devices": ("devices",),
    "images": ("image", "build"),
    "log_drivers": ("logging",),
    "never": ("volumes", "driver_opts"),
    "port-twice": ("ports",),
    "ports": ("ports",),
    "privileged": ("privileged",),
    "volume_options": ("driver_opts", "driver"),
}
_NAMESPACES = {"network": "network_mode", "userns": "userns_mode"}


def place_of(places: Places, thing: str, key: str, value: str) -> Place:
    """Return where `thing` asks for `value` of a rule's `key`, or what it is called where no rule admits it."""
    first, wanted = thing.partition(", ")[0], value.removesuffix(":ro")
    if key == "namespaces":
        return places.of(first, (_NAMESPACES.get(value, value), "name"), "")
    if key == "security":
        name, _, wanted = value.partition("=")
        return places.of(first, (_NAMESPACES.get(name, name), "ipam"), wanted)
    return places.of(first, _KEYS.get(key, ("name", "external")), wanted)
