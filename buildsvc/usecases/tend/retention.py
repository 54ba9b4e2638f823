"""The rule by which things are kept: what an admin set here, or else what the site's settings say."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from buildsvc.usecases.site import Site

_FACT = "retention"


@dataclass(frozen=True)
class RetentionRule:
    """How many `releases` of a component and `versions` of an application stay, and how many days of `history`."""

    releases: int
    versions: int
    history: int


def rule_of(site: Site) -> RetentionRule:
    """Return the rule in force."""
    return own_rule(site) or settings_rule(site)


def own_rule(site: Site) -> RetentionRule | None:
    """Return what was set here; None where the settings say it."""
    told = site.ledger.recall(_FACT)
    return RetentionRule(**told) if told else None


def settings_rule(site: Site) -> RetentionRule:
    """Return what the settings say."""
    settings = site.settings
    return RetentionRule(settings.keep_releases, settings.keep_versions, settings.keep_history)


def set_rule(site: Site, rule: RetentionRule | None) -> None:
    """Set the rule from the next pruning on; None goes back to what the settings say."""
    site.ledger.remember(_FACT, asdict(rule) if rule else None)
