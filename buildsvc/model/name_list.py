"""Several names in one text, as somebody types them behind an option: `order, stock`."""

from __future__ import annotations


def split_names(text: str) -> tuple[str, ...]:
    """Return the names between the commas, without the blanks around them; what is empty is none."""
    return tuple(name.strip() for name in text.split(",") if name.strip())
