"""`portal preview`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from reconciler.cli import help as manual
from reconciler.cli import options, output

if TYPE_CHECKING:
    from reconciler.config.desired import Config
    from reconciler.core.document_types.result import PreviewDocument
    from reconciler.target.protocol import Target


@click.command(
    cls=manual.Verb,
    examples={
        "portal preview": "Who matches the audience of the file?",
        "portal preview --per-page 100 --page 2": "The second hundred of them.",
        "portal preview --rule '{attribute: person.email, contains: examply.com}'": "Who would match this rule?",
    },
    exits={0: "listed"},
    see=("explain", "plan", "verify"),
)
@options.together(options.file, options.workspace, options.seed)
@click.option("--rule", metavar="RULE", help="A rule in YAML, instead of the audience of the file.")
@click.option("--page", type=click.IntRange(min=1), default=1, show_default=True, help="Which page of people.")
@click.option(
    "--per-page", type=click.IntRange(1, 500), default=20, show_default=True, help="How many people a page has."
)
@options.together(options.output_format, options.no_color)
def command(
    file: str,
    workspace_url: str | None,
    seed: str | None,
    rule: str | None,
    page: int,
    per_page: int,
    output_format: str,
    *,
    no_color: bool,
) -> int:
    """List the people who match an audience rule.

    The rule is the audience of the file, or the one given with --rule; nothing has to be applied.
    """
    with output.document_on_failure(output_format, "preview"):
        config = options.read_config(file)
        with options.open_target(workspace_url, seed) as target:
            document = _preview(config, target, rule, page=page, per_page=per_page)
    if output_format == "json":
        output.print_json(document)
    else:
        from reconciler.render.text.people import preview

        output.print_text(preview(document, output.width()), no_color=no_color)
    return 0


def _preview(config: Config, target: Target, rule: str | None, *, page: int, per_page: int) -> PreviewDocument:
    from reconciler.core.diagnostics import error
    from reconciler.core.errors import UsageError
    from reconciler.kinds import audience
    from reconciler.operations.access import preview_document
    from reconciler.operations.observe import people_for
    from reconciler.render.known import mirror

    query = config if rule is None else _with_rule(config, target, rule)
    declared = dict(audience.KIND.declared(query))
    if not declared:
        raise UsageError(
            error("audience-missing", f"{config.document.file} has no audience", remedy="Give a rule with --rule.")
        )
    outcome = audience.KIND.outcome("rule", declared[audience.KIND.address(config.help_center)]["rule"], None, query)
    wire = audience.wire(outcome, query.attribute_types)
    if people := people_for(query, target):
        click.echo("\n".join(mirror(people)), err=True)
    return preview_document(outcome, target.preview(config.help_center, wire, page=page, per_page=per_page))


def _with_rule(config: Config, target: Target, rule: str) -> Config:
    """Return a configuration whose audience is `rule`, checked like one in a file.

    A rule on the command line may use every attribute that the file declares or the workspace has.
    """
    from reconciler.config import desired, validate
    from reconciler.config.yaml import document as source
    from reconciler.core.diagnostics import Severity
    from reconciler.core.errors import ConfigurationInvalid

    settings = {
        "version": 1,
        "name": config.name,
        "help_center": {"identifier": config.help_center},
        "data_attributes": _attributes(config, target),
    }
    lines = [f"audience: {rule}", *(f"{name}: {json.dumps(value)}" for name, value in settings.items())]
    document = source.parse("\n".join(lines) + "\n", "--rule")
    problems = validate.validate(document)
    if any(problem.severity is Severity.ERROR for problem in problems):
        raise ConfigurationInvalid(problems)
    return desired.build(document)


def _attributes(config: Config, target: Target) -> dict[str, dict[str, Any]]:
    from reconciler.kinds import data_attribute

    state = target.observe(config.help_center, config.name)
    custom = {
        address.removeprefix("data_attribute/"): resource
        for address, resource in state.resources.items()
        if resource.facts.get("custom")
    }
    live = {name: {"type": resource.values["type"]} for name, resource in custom.items()}
    desired = data_attribute.KIND.desired(config)
    declared = {name: {"type": entry["type"]} for name, entry in desired.items() if "type" in entry}
    models: dict[str, dict[str, Any]] = {"contact": {}, "company": {}}
    for name, entry in {**live, **declared}.items():
        model, _, attribute = name.partition(".")
        models[model][attribute] = entry
    return models
