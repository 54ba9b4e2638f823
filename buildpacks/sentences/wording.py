"""A text that knows the sentence of the catalogue which it is: plain English to whoever wants a text, told in every
language where it is shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Self

from buildpacks.sentences import catalogue, template
from buildpacks.sentences.values import plain


class Wording(str):
    """`Wording("java-reason.none", oldest=8)`: the English sentence, with its key and values."""

    __slots__ = ("key", "values")

    key: str
    values: dict[str, Any]

    def __new__(cls, key: str, /, **values: Any) -> Self:
        """Tell the sentence in English, and remember what it was made of."""
        told = plain(values)
        made = super().__new__(cls, catalogue.tell(key, told).message)
        made.key, made.values = key, told
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        """Travel between processes as key and values."""
        return again, (self.as_value(),)

    @property
    def code(self) -> str:
        """What stands before the variant."""
        return catalogue.split(self.key)[0]

    @property
    def message(self) -> str:
        """The sentence in English."""
        return str(self)

    @property
    def hint(self) -> str:
        """What to do next, in English."""
        return catalogue.tell(self.key, self.values).hint

    def as_value(self) -> dict[str, Any]:
        """Give it as the value of another sentence, and as JSON holds it."""
        return {"code": self.key, "values": self.values}


def again(told: object) -> str:
    """Return what was kept as JSON: a sentence with its values as a `Wording`, any other text as it is."""
    if isinstance(told, Mapping) and template.is_sentence(told):
        return Wording(str(told["code"]), **told["values"])
    return "" if told is None else str(told)


def said_of(text: str) -> dict[str, Any] | None:
    """Return a text's sentence and its values; None where it has none."""
    return text.as_value() if isinstance(text, Wording) else None


def in_language(text: str, language: str) -> str:
    """Tell a text in a language; one that has no sentence stays as it is."""
    return catalogue.told(text.as_value(), language).message if isinstance(text, Wording) else text
