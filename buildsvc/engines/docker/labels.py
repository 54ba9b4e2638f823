"""Names and labels of everything that the engine makes, in one place. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from buildsvc.model.application import Network, Volume

APPLICATION = "io.buildsvc.application"
COMPONENT = "io.buildsvc.component"
ROLE = "io.buildsvc.role"
SLOT = "io.buildsvc.slot"
RELEASE = "io.buildsvc.release"
DEPLOYMENT = "io.buildsvc.deployment"
SPEC = "io.buildsvc.spec"
"""SHA-256 of what a container was made from: equal means that it needs no replacement."""
ASIDE = "io.buildsvc.aside"
"""The name of a program that runs aside; such a container has no component."""
MADE = "io.buildsvc.made"
"""Of a volume: which of those that had its name one after another it is."""
PROJECT = "com.docker.compose.project"
NETWORK = "com.docker.compose.network"
SERVICE = "com.docker.compose.service"
VOLUME = "com.docker.compose.volume"
COMPOSE_VERSION = "2.40.0"
"""Compose shows and adopts objects of a version that it knows."""


def ours(application: str, component: str, role: str) -> dict[str, str]:
    return {APPLICATION: application, COMPONENT: component, ROLE: role}


def compose_service(application: str, component: str, spec: str, number: int = 1) -> dict[str, str]:
    """Return the full set: with fewer, Compose 2.40 shows nothing and starts a second container."""
    return {
        PROJECT: application,
        SERVICE: component,
        "com.docker.compose.container-number": str(number),
        "com.docker.compose.oneoff": "False",
        "com.docker.compose.config-hash": spec,
        "com.docker.compose.project.working_dir": "/",
        "com.docker.compose.project.config_files": "compose.yaml",
        "com.docker.compose.version": COMPOSE_VERSION,
    }


def of_network(application: str, network: Network) -> dict[str, str]:
    return {
        **dict(network.labels),
        APPLICATION: application,
        PROJECT: application,
        NETWORK: network.key,
        "com.docker.compose.version": COMPOSE_VERSION,
    }


def of_volume(application: str, volume: Volume) -> dict[str, str]:
    return {
        **dict(volume.labels),
        APPLICATION: application,
        PROJECT: application,
        VOLUME: volume.key,
        "com.docker.compose.version": COMPOSE_VERSION,
    }


def instance_name(application: str, component: str, deployment: str) -> str:
    """`buildsvc-<application>-<component>-<short deployment>`; the last digits of a UUIDv7 are its random ones."""
    return f"buildsvc-{application}-{component}-{deployment.replace('-', '')[-10:]}"


def gateway_name(application: str, component: str) -> str:
    return f"buildsvc-{application}-{component}-gateway"


def image_name(application: str, component: str, number: int = 1) -> str:
    return f"{application}-{component}-{number}"


def slot_name(application: str, component: str, slot: str) -> str:
    """Return what a slot is called on a network that is not ours, where it has no fixed address."""
    return f"buildsvc-{application}-{component}-{slot}"


def content_volume(sha256: str) -> str:
    return f"buildsvc-content-{sha256[:12]}"


def seed_note(volume: str, made: str, sha256: str) -> str:
    """Name the empty volume that says that this content was put into that one; `made` is its mark."""
    return f"buildsvc-seed-{digest({'volume': [volume, made, sha256]})[:20]}"


def network_name(application: str, key: str, networks: tuple[Network, ...]) -> str:
    return next((n.name for n in networks if n.key == key), f"{application}_{key}")


def volume_name(application: str, key: str, volumes: tuple[Volume, ...]) -> str:
    return next((v.name for v in volumes if v.key == key), f"{application}_{key}")


def digest(value: Mapping[str, object]) -> str:
    """SHA-256 of any JSON value, independent of the order of its keys."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
