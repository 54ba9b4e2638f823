"""The example of eight components as goods: three versions of it, made from its sources."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from pathlib import Path

from scripts import example
from scripts.delivery.parcel import BETTER, FIRST, FLAWED, Goods

NAME, PORT, PATH = "market", 8090, "/api/items"
ORDER = ("registry", "catalog", "orders", "gateway", "admin")
"""Those first that others need."""
CHANGED = ("catalog", "orders")


def market() -> Goods:
    """Catalog and orders are new in each version; orders is the one that starts only where it was made."""
    password = secrets.token_urlsafe(12)
    first = example.jars(NAME)
    return Goods(
        name=NAME,
        compose=example.EXAMPLES / NAME / "compose.yml",
        environment={"MARKET_PORT": str(PORT), "MARIADB_PASSWORD": password},
        jars={FIRST: {name: first[name] for name in ORDER}, BETTER: _next(BETTER), FLAWED: _next(FLAWED)},
        flawed="orders",
        port=PORT,
        path=PATH,
        answers=("--set", f"MARIADB_PASSWORD={password}", "--secret", "mariadb/MARIADB_RANDOM_ROOT_PASSWORD=yes"),
    )


def _next(version: str) -> Mapping[str, Path]:
    return {name: example.jars(NAME, version=version, only=name)[name] for name in CHANGED}
