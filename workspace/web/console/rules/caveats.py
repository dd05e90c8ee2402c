"""Likely mistakes in a rule, shown before it is saved."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workspace.core.texts import _

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from workspace.web.console.rules.choices import Choices

_NEGATIVE = frozenset({"ne", "nin"})
_FREE_PARTS = frozenset({"contains", "ends_with"})


def caveats(audience: Mapping[str, Any], known: Choices, *, count: int, people: int) -> list[str]:
    """Return the likely mistakes in an audience of `count` people, of `people` users in all."""
    if audience["mode"] == "everyone":
        return [_("Everybody who can log in may open the portal.")]
    if audience["mode"] == "nobody":
        return [_("Nobody may open the portal.")]
    results = []
    if people and count == people:
        results.append(
            _("This matches everybody who can log in. If that is meant, choose Everyone; else narrow the rule.")
        )
    if not count:
        results.append(_("This matches nobody. Look at the values: “is” minds upper and lower case."))
    results += dict.fromkeys(_of(audience["rule"], known, upright=True))
    return results


def _of(rule: Mapping[str, Any], known: Choices, *, upright: bool) -> Iterator[str]:
    if "operator" in rule:
        negations = [value for value in rule["predicates"] if _is_negation(value)]
        if upright and rule["operator"] == "or" and len(negations) > 1:
            yield _("Several exclusions stand under Any: whom one excludes, another lets in. Put them under All.")
        for predicate in rule["predicates"]:
            yield from _of(predicate, known, upright=upright is (rule["operator"] != "not"))
        return
    attribute = known.of(rule["attribute"])
    negative = (rule["comparison"] in _NEGATIVE) is upright
    if attribute.name.startswith("company.") and negative and rule["comparison"] not in {"known", "unknown"}:
        yield (
            _(
                "“%(attribute)s” excludes companies, not people: somebody with another company beside an excluded one "
                "gets in. To keep people out, tag them and exclude the tag."
            )
            % {"attribute": attribute.title}
        )
    if attribute.name == "email" and rule["comparison"] in _FREE_PARTS and "@" not in str(rule["value"]):
        yield (
            _(
                "“%(value)s” without an @ also matches other domains, such as not%(value)s: begin it with @ and use "
                "“ends with”."
            )
            % {"value": rule["value"]}
        )
    if attribute.writable:
        yield (
            _(
                "A browser may set “%(attribute)s” through the Messenger, so people could let themselves in. Prevent "
                "that under Data attributes."
            )
            % {"attribute": attribute.title}
        )


def _is_negation(rule: Mapping[str, Any]) -> bool:
    return rule.get("operator") == "not" or rule.get("comparison") in _NEGATIVE
