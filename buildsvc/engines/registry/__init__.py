"""Registries that callers look a component up in, each with its own requests and answers. Pure: `leaving` asks."""

from __future__ import annotations

from buildsvc.engines.registry.eureka import Eureka
from buildsvc.engines.registry.nacos import Nacos
from buildsvc.engines.registry.registered import Ask, Call, Registered, Registry, RegistryReply
from buildsvc.model.registration import Registration

__all__ = ["Ask", "Call", "Registered", "Registry", "RegistryReply", "registry_of"]


def registry_of(registration: Registration, call: Call) -> Registry:
    """Return the registry that a component registers in; nothing is asked yet."""
    return Eureka(registration, call) if registration.kind == "eureka" else Nacos(registration, call)
