"""What `apply` would do, in lines for people: what comes, what changes and with which gap, what goes."""

from __future__ import annotations

from buildsvc.doors.cli.screen import in_words
from buildsvc.model.api import ApplyPlan, ChangedComponent


def lines_of(plan: ApplyPlan) -> tuple[str, ...]:
    """One line a component; one that stays as it is has none."""
    found = [in_words("plan.new", application=plan.application)] if plan.new else []
    found += [f"+ {name}" for name in plan.added]
    found += [f"~ {_changed(one)}" for one in plan.changed]
    found += [f"- {in_words('plan.removed', component=name)}" for name in plan.removed]
    if not (plan.added or plan.changed or plan.removed):
        found.append(in_words("plan.nothing", application=plan.application))
    return (*found, *plan.warnings)


def touches_what_runs(plan: ApplyPlan) -> bool:
    """Whether something that runs is changed or taken away."""
    return bool(plan.changed or plan.removed)


def _changed(one: ChangedComponent) -> str:
    return in_words("plan.changed-gap" if one.gap else "plan.changed", component=one.name, keys=one.keys)
