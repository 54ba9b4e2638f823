"""What `apply` would do, in lines for people: what comes, what changes and with which gap, what goes."""

from __future__ import annotations

from buildsvc.model.api import ApplyPlan, ChangedComponent

_GAP = "made anew, and away for a moment"
_NO_GAP = "a new instance takes over"


def lines_of(plan: ApplyPlan) -> tuple[str, ...]:
    """One line a component; one that stays as it is has none."""
    found = [f"{plan.application} is new."] if plan.new else []
    found += [f"+ {name}" for name in plan.added]
    found += [f"~ {_changed(one)}" for one in plan.changed]
    found += [f"- {name}: removed; its volumes stay" for name in plan.removed]
    if not (plan.added or plan.changed or plan.removed):
        found.append(f"{plan.application}: nothing changes.")
    return (*found, *plan.warnings)


def touches_what_runs(plan: ApplyPlan) -> bool:
    """Whether something that runs is changed or taken away."""
    return bool(plan.changed or plan.removed)


def _changed(one: ChangedComponent) -> str:
    return f"{one.name}: {', '.join(one.keys)} ({_GAP if one.gap else _NO_GAP})"
