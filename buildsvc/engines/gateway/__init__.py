"""The HAProxy in front of a jar component: what it carries, its configuration, what it is told, and its client."""

from __future__ import annotations

from buildsvc.engines.gateway.haproxy import (
    CONFIGURATION,
    HOME,
    Gateway,
    configuration,
    configured_slot,
    files,
    is_name,
    pages,
)
from buildsvc.engines.gateway.ports import Route, main_port, routes
from buildsvc.engines.gateway.runtime import (
    COUNTED,
    STATES,
    STATES_HEAD,
    STATISTICS,
    UNRESOLVED,
    active_slot,
    cut_commands,
    hold_commands,
    memory_available,
    release_commands,
    servers,
    sessions,
    switch_commands,
    traffic,
)

__all__ = [
    "CONFIGURATION",
    "COUNTED",
    "HOME",
    "STATES",
    "STATES_HEAD",
    "STATISTICS",
    "UNRESOLVED",
    "Gateway",
    "Route",
    "active_slot",
    "configuration",
    "configured_slot",
    "cut_commands",
    "files",
    "hold_commands",
    "is_name",
    "main_port",
    "memory_available",
    "pages",
    "release_commands",
    "routes",
    "servers",
    "sessions",
    "switch_commands",
    "traffic",
]
