"""Knowledge: how much of the managed fields was observed, and how much rests on a person's word."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from reconciler.plan.compare import diff

if TYPE_CHECKING:
    from collections.abc import Mapping

    from reconciler.config.desired import Config
    from reconciler.kinds.state import Known, State, Upstream

WORDS = ("observed", "sampled", "attested", "assumed", "unknown")
"""The kinds of evidence for a value, the strongest first."""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """How each managed field is known, by address and field in the order of kinds, where they live at a vendor."""

    upstream: Upstream
    managed: Mapping[tuple[str, str], Known]

    @property
    def counts(self) -> dict[str, int]:
        """Count the fields by how they are known."""
        counted = Counter(known.how for known in self.managed.values())
        return {word: counted[word] for word in WORDS}

    @property
    def oldest_word(self) -> str | None:
        """The date of the oldest attestation that a field rests on; `None` without one."""
        return min(
            (known.as_of for known in self.managed.values() if known.how == "attested" and known.as_of), default=None
        )

    @property
    def doubts(self) -> dict[tuple[str, str], str]:
        """The suspect or expired attestations: the reason, by address and field."""
        return {place: known.doubt for place, known in self.managed.items() if known.doubt is not None}

    def document(self) -> dict[str, Any]:
        """Return the part of a plan document."""
        return {
            "vendor": self.upstream.vendor,
            "account": self.upstream.account,
            "observed_at": self.upstream.observed_at,
            "fields": {
                "managed": len(self.managed),
                **self.counts,
                "oldest_word": self.oldest_word,
                "not_observed": [
                    {"address": address, "field": field, "how": known.how, "until": known.until}
                    for (address, field), known in self.managed.items()
                    if known.how != "observed"
                ],
            },
            "mirror": dict(self.upstream.mirror),
        }


def of(config: Config, state: State) -> Knowledge | None:
    """Collect how each managed field is known; `None` where they live in the workspace itself."""
    if state.upstream is None:
        return None
    managed = {}
    for address, fields in diff.declared(config).items():
        if address not in state.resources:
            continue
        for field in fields:
            known = state.known(address, field)
            if known is not None:
                managed[address, field] = known
    return Knowledge(state.upstream, managed)
