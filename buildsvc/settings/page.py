"""docs/settings.md and docs/zh/settings.md, made of the declarations."""

from __future__ import annotations

from collections.abc import Sequence

from buildpacks.sentences import catalogue
from buildpacks.sentences.wording import Wording, in_language
from buildsvc.settings import laptop
from buildsvc.settings.settings import PREFIX, Settings, variable
from buildsvc.settings.written import default_of, how_written, meaning_of

_PARTS = ("settings-page.head", "settings-page.laptop", "settings-page.columns")


def page(language: str = catalogue.DEFAULT) -> str:
    """Write the whole page in a language."""
    head, laptop_head, columns = (catalogue.tell(key, {}, language).message for key in _PARTS)
    table = f"{columns}\n|---|---|---|---|\n"
    service = [
        (variable(name), how_written(field), default_of(name, field), meaning_of(name))
        for name, field in Settings.model_fields.items()
    ]
    own = [
        (name, Wording(said["written"]), Wording(f"setting-default.{one}"), meaning_of(one))
        for name, said in laptop.declared().items()
        for one in (name.removeprefix(PREFIX).lower(),)
    ]
    both = (_rows(service, language), _rows(own, language))
    return f"{head}\n\n{table}{both[0]}\n{laptop_head}\n\n{table}{both[1]}"


def _rows(rows: Sequence[tuple[str, ...]], language: str) -> str:
    told = ((name, *(in_language(one, language) for one in rest)) for name, *rest in rows)
    return "".join(f"| `{name}` | {how} | {default} | {meaning} |\n" for name, how, default, meaning in told)
