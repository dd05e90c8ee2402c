"""A plan document for people: changes, reasons, and people affected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from click import style

from reconciler.render import known
from reconciler.render.plain import harmless
from reconciler.render.risks import opened_by_hand, sample
from reconciler.render.text import access_diff, promotion
from reconciler.render.text.values import field_lines, value_lines

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from reconciler.core.document_types.plan import (
        Access,
        Change,
        Coverage,
        Diagnostic,
        DriftFinding,
        FailedPlan,
        IgnoreRule,
        PlanDocument,
        Sample,
    )

_SYMBOL = {"create": ("+", "green"), "update": ("~", "yellow"), "delete": ("-", "red")}
_RISK = {
    "widens_access": "widens access",
    "narrows_access": "narrows access",
    "closes_portal": "closes the portal",
    "replaces_foreign_edit": "replaces somebody else's edit",
    "publishes_foreign_draft": "publishes somebody else's draft",
    "deletes": "deletes",
}
_PURPOSE = {
    "apply": "Plan for",
    "revert": "Plan to revert changes by others in",
    "undo": "Plan to undo {} in",
}
_NAMES = 3
"""The most people named of a crowd; the document names a few more."""

_STATUS = {
    "met": (style("✓", fg="green"), "met"),
    "met_by_plan": (style("✓", fg="green"), "met by this plan"),
    "met_by_fleet": (style("✓", fg="green"), "met by another configuration of this fleet"),
    "unmet": (style("✗", fg="red"), "not met"),
    "broken_by_plan": (style("✗", fg="red"), "broken by this plan"),
    "broken_by_fleet": (style("✗", fg="red"), "broken by another configuration of this fleet"),
    "unknown": (style("?", fg="yellow"), "not known"),
}


def plan(document: PlanDocument | FailedPlan, width: int | None = None) -> str:
    """Render a plan document, failed ones too."""
    document = harmless(document)
    lines = _failed_lines(document) if document["outcome"] == "failed" else _plan_lines(document, width)
    return "\n".join(lines) + "\n"


def _failed_lines(document: FailedPlan) -> Iterator[str]:
    yield "No plan could be made."
    yield from diagnostic_lines(document["diagnostics"])


def _nothing_to_do(document: PlanDocument) -> str:
    if document["purpose"] != "apply":
        return f"No changes. Nothing to revert in {_where(document)}."
    promoted = document["promotion"]
    what = f"{promoted['receipt']} of {promoted['from']['environment']}" if promoted else ""
    text = f"No changes. {_where(document)} is as {what or document['configuration']['file']} describes it."
    if "upstream" in document:
        text = f"{text[:-1]}, as far as can be seen: {known.seen(document['upstream'])}."
    if document["record"]["stale"]:
        text += f" It has not been recorded yet; portal {'promote' if what else 'apply'} does that."
    return text


def _where(document: PlanDocument) -> str:
    workspace = document["workspace"]
    return f"{workspace['name']}, Help Center {workspace['help_center']}"


def _plan_lines(document: PlanDocument, width: int | None) -> Iterator[str]:
    if document["changes"]:
        purpose = _PURPOSE[document["purpose"]].format(document["undoes"])
        if opened := opened_by_hand(document):
            yield style(f"! {opened}", fg="red", bold=True)
        yield f"{purpose} {style(_where(document), bold=True)} ({document['workspace']['target']})"
        yield from drift_lines(document["drift"])
        yield from changes(document["changes"])
    else:
        yield _nothing_to_do(document)
    yield from promotion.lines(document["promotion"], document["environment"], width)
    yield from circumstances(document)
    yield from diagnostic_lines(document["diagnostics"])
    if document["changes"]:
        yield from ("", _summary(document))


def circumstances(document: PlanDocument) -> Iterator[str]:
    """Yield the parts around the changes: settings, people, expectations, the sandbox, ignore rules."""
    yield from _settings(document)
    yield from access_lines(document["access"])
    yield from _upstream(document)
    yield from _expectations(document)
    yield from _simulation(document)
    yield from ignored(document["ignored"])


def drift_lines(findings: Iterable[DriftFinding]) -> Iterator[str]:
    """Yield the drift, if any."""
    findings = list(findings)
    if findings:
        yield from ("", style("Changed by somebody else since the last apply", bold=True))
        yield from (f"  {line}" for item in findings for line in finding(item))


def finding(item: DriftFinding) -> Iterator[str]:
    """Yield the lines of one drifted field."""
    by = item["by"]
    who = (
        f"by {style(by['by'], bold=True)} at {by['at']} via {by['via']}"
        if by
        else "by somebody the log no longer names"
    )
    yield f"{style('!', fg='magenta')} {item['address']}  {item['field']} changed {who}"
    if by and "reason" in by:
        yield f"    reason: {by['reason']}"
    recorded, live = _rows(item["recorded"]), _rows(item["live"])
    lines = value_lines("now", recorded, live, live)
    yield from (f"    {line}" for line in lines)
    if item["origin"] == "conflict":
        yield "    the file changed too: an apply writes the value of the file"


def _rows(value: Any) -> Any:
    """Read recorded homepage rows as sections; anything else stays."""
    if isinstance(value, dict) and "rows" in value:
        return [{"settings": {}, **row} for row in value["rows"]]
    return value


def changes(entries: Iterable[Change], outcomes: Mapping[str, str] | None = None) -> Iterator[str]:
    """Yield the lines of each change, with its outcome by id, where known."""
    for change in entries:
        symbol, colour = _SYMBOL[change["action"]]
        place = next((field["source"] for field in change["fields"] if field["source"]), None)
        where = style(f"  {place['file']}:{place['line']}", dim=True) if place else ""
        yield ""
        title = f"{style(symbol, fg=colour)} {style(change['title'], bold=True)}"
        became = f"  {outcomes.get(change['id'], 'not attempted').replace('_', ' ')}" if outcomes is not None else ""
        yield f"{change['id']:>3} {title}  {change['address']}{became}{where}"
        if change["reason"]:
            yield f"      only {change['reason']}"
        yield from (f"      {line}" for field in change["fields"] for line in field_lines(field))
        risks = [risk for risk in change["risks"] if risk != "none"]
        yield from (f"      {style('! ' + _RISK[risk], fg='magenta')}" for risk in risks)


def _settings(document: PlanDocument) -> Iterator[str]:
    settings = document["prerequisites"]
    required = [setting for setting in settings if setting["required"]]
    if all(setting["status"] == "met" for setting in required) or not document["portal"]["enabled"]:
        return
    yield from ("", style("Required settings", bold=True))
    width = max(len(setting["title"]) for setting in required)
    for item in required:
        symbol, words = _STATUS[item["status"]]
        how = "" if item["known"] == "observed" else f" ({item['known']})"
        yield f"  {symbol} {item['title']:<{width}}  {words}{how}"


def _upstream(document: PlanDocument) -> Iterator[str]:
    """Yield the lines about a vendor's values and people."""
    upstream = document.get("upstream")
    if upstream is None:
        return
    yield from ("", style("What is known", bold=True))
    yield f"  {known.seen(upstream)}"
    yield from (f"  {person}" for person in known.people(upstream))
    for title, texts in known.making(document["changes"]):
        yield from ("", style(title, bold=True), *(f"  {text}" for text in texts))


def access_lines(access: Access | None) -> Iterator[str]:
    """Yield the access impact; nothing where there is none."""
    if access is None:
        return
    before, after = access["before"]["count"], access["after"]["count"]
    gained, lost = access["gained"]["count"], access["lost"]["count"]
    yield from ("", style("Access", bold=True))
    yield f"  can open the portal: {before:,} → {after:,} of {access['people']:,} people  (+{gained:,} -{lost:,})"
    for name, message in (
        ("gained", style("+ gain access:", fg="green")),
        ("lost", style("- lose access:", fg="red")),
        ("sees_more", style("+ will see their colleagues' tickets:", fg="green")),
        ("sees_less", style("- will see only their own tickets:", fg="red")),
        ("companies_gained", "+ companies whose tickets colleagues will see:"),
        ("companies_lost", "- companies whose tickets colleagues will no longer see:"),
        ("without_company", "! have access but belong to no company:"),
    ):
        if (people := sample(access, name))["count"]:
            yield f"  {message} {crowd(people)}"
    if access["after"]["own_only"]:
        yield f"  see only their own tickets: {access['before']['own_only']:,} → {access['after']['own_only']:,}"
    if everybody := access.get("everybody"):
        yield from ("", style("Everybody, one by one", bold=True), *(f"  {access_diff.line(row)}" for row in everybody))


def crowd(people: Sample) -> str:
    """Write a count with the first few names."""
    names = ", ".join(people["sample"][:_NAMES])
    rest = people["count"] - min(_NAMES, len(people["sample"]))
    more = f" and {rest:,} more" if rest else ""
    return f"{people['count']:,} ({names}{more})" if names else f"{people['count']:,}"


def _simulation(document: PlanDocument) -> Iterator[str]:
    simulation = document["simulation"]
    if simulation is None:
        return
    yield from ("", style("Tried on a sandbox in memory; nothing else was changed", bold=True))
    addresses = {change["id"]: change["address"] for change in document["changes"]}
    width = max(map(len, addresses.values()))
    people = document["access"]["people"] if document["access"] else None
    for moment in simulation["moments"]:
        symbol = style("✓", fg="green") if moment["outcome"] == "applied" else style("✗", fg="red")
        of = f" of {people:,}" if people is not None else ""
        address = f"{addresses[moment['id']]:<{width}}"
        yield f"{moment['id']:>3} {symbol} {address}  {moment['can_open']:,}{of} can open the portal"


def _expectations(document: PlanDocument) -> Iterator[str]:
    verdicts = document["expectations"]
    if verdicts and document["changes"]:
        held = sum(verdict["holds"] for verdict in verdicts)
        symbol = style("✓", fg="green") if held == len(verdicts) else style("✗", fg="red")
        yield from ("", f"{style('Expectations', bold=True)}  {symbol} {held} of {len(verdicts)} hold")


def covered(coverage: Coverage) -> str:
    """Write the line of the coverage."""
    others = ", ".join(f"{coverage[name]} {name}" for name in ("ignored", "unmanaged", "unknown"))
    strange = [f"{field['address']} {field['field']}" for field in coverage["fields"] if field["status"] == "unknown"]
    names = f" to this version ({', '.join(strange[:_NAMES])}{', …' if len(strange) > _NAMES else ''})"
    message = f"Coverage: {coverage['declared']} of {coverage['total']} live fields declared, {others}"
    return f"{message}{names if strange else ''}."


def ignored(rules: Sequence[IgnoreRule]) -> Iterator[str]:
    """Yield a line for each ignore rule."""
    if not rules:
        return
    yield from ("", style("Ignored", bold=True))
    for rule in rules:
        what = f"{rule['address']}  {rule['field'] or 'all fields'}"
        count = rule["differences"]
        hides = {0: "no difference", 1: "1 difference"}.get(count, f"{count} differences")
        yield f"  {what}: {hides}, until {rule['until']}, {rule['owner']}: {rule['reason']}"


def diagnostic_lines(diagnostics: Iterable[Diagnostic]) -> Iterator[str]:
    """Yield the lines of each diagnostic; those only for the record are elsewhere."""
    for diagnostic in diagnostics:
        if diagnostic["severity"] == "info":
            continue
        colour = "red" if diagnostic["severity"] == "error" else "yellow"
        place = diagnostic["source"]
        where = f"  {place['file']}:{place['line']}:{place['column']}" if place else ""
        yield ""
        yield f"{style(diagnostic['severity'], fg=colour, bold=True)} [{diagnostic['code']}]{style(where, dim=True)}"
        yield f"  {diagnostic['summary']}"
        if diagnostic["remedy"]:
            yield f"  → {diagnostic['remedy']}"


def counted(document: PlanDocument | FailedPlan) -> str:
    """Count the changes of each action."""
    actions = [change["action"] for change in document["changes"]]
    words = {"create": "to create", "update": "to change", "delete": "to delete"}
    return ", ".join(f"{actions.count(action)} {word}" for action, word in words.items() if action in actions)


def _summary(document: PlanDocument) -> str:
    text = f"Plan: {counted(document)}."
    errors = sum(diagnostic["severity"] == "error" for diagnostic in document["diagnostics"])
    if errors:
        reasons = "1 reason" if errors == 1 else f"{errors} reasons"
        text += style(f" Blocked for {reasons} given above.", fg="red")
    return text
