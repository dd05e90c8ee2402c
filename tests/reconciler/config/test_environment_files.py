"""`portal.staging.yaml` beside `portal.yaml`: what it means, and what is said about one that cannot be used."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from reconciler.cli.app import run
from reconciler.config import validate as semantics
from reconciler.config.environments import files as source_environments
from reconciler.config.environments.environment import environment
from reconciler.config.environments.files import beside, load, main_of
from reconciler.config.environments.overrides import effective
from reconciler.core.errors import ConfigurationInvalid
from tests.support.golden import assert_golden

if TYPE_CHECKING:
    from reconciler.core.diagnostics import Diagnostic

CASES = Path(__file__).parents[2] / "cases" / "cli"
MAIN = """\
version: 1
name: acme
help_center: {identifier: acme, live: true, custom_domain: help.acme.example}
data_attributes: {company: {plan_tier: {type: string, options: [free, team]}}}
audience: {attribute: company.plan_tier, is: team}
promotion: {may_differ: [help_center, data_attributes.company.plan_tier, homepage]}
"""
PRODUCTION = """\
environments:
  production: {workspace: https://b.example, token: "${T}", promote_from: staging}
"""
STAGING = """\
workspace: https://a.example
token: ${T}
overrides:
  help_center: {custom_domain: help.staging.acme.example}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder with a main file and one environment beside it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "portal.yaml").write_text(MAIN + PRODUCTION, encoding="utf-8")
    (tmp_path / "portal.staging.yaml").write_text(STAGING, encoding="utf-8")
    return tmp_path


def write(name: str, text: str) -> None:
    Path(name).write_text(text, encoding="utf-8")


def diagnostics(names: tuple[str, ...] | None = None) -> tuple[Diagnostic, ...]:
    """Return what is said about the configuration, with the files of some environments or of all."""
    return semantics.validate(load("portal.yaml", names))


def places(problems: tuple[Diagnostic, ...]) -> list[tuple[str, str]]:
    return [(one.code, str(one.source)) for one in problems]


def test_it_is_an_entry_of_environments(here: Path) -> None:
    document = load("portal.yaml", None)
    assert semantics.validate(document) == ()
    assert list(document.values["environments"]) == ["production", "staging"]
    assert environment(document, "staging").workspace == "https://a.example"
    merged = effective(document, "staging")
    assert merged.values["help_center"]["custom_domain"] == "help.staging.acme.example"
    assert str(merged.source(("help_center", "custom_domain"))) == "portal.staging.yaml:4:32"
    assert merged.source(("help_center", "custom_domain"), key=True).text == STAGING.splitlines()[3]
    assert str(merged.source(("help_center", "live"))) == "portal.yaml:3:39"
    assert str(merged.source(("help_center",), key=True)) == "portal.yaml:3:1"
    # What is nowhere stands where it would have to be added.
    assert str(document.source(("environments", "staging", "protected"))) == "portal.staging.yaml:1:1"
    assert str(document.source(("environments", "production"), key=True)) == "portal.yaml:8:3"


def test_it_may_be_the_only_one(here: Path) -> None:
    write("portal.yaml", MAIN)
    assert diagnostics() == ()
    document = load("portal.yaml", None)
    assert str(document.source(("environments",), key=True)) == "portal.staging.yaml:1:1"
    assert [str(one.source) for one in semantics.validate(load("portal.yaml", ()))] == []


def test_it_is_found_beside_the_main_file_wherever_that_is(here: Path) -> None:
    folder = here / "config"
    folder.mkdir()
    for name in ("acme.yaml", "acme.staging.yml", "acme.eu-west.yaml", "acme.yaml.bak", "acmes.staging.yaml", "b.yaml"):
        (folder / name).write_text(MAIN, encoding="utf-8")
    files = {"eu-west": ("config/acme.eu-west.yaml",), "staging": ("config/acme.staging.yml",)}
    assert beside("config/acme.yaml") == files
    assert beside("config/b.yaml") == beside("config/acme.yaml.bak") == beside("nowhere/acme.yaml") == {}
    assert main_of("config/acme.staging.yml") == "config/acme.yaml"
    for name in ("config/acme.yaml", "config/z.staging.yaml", "config/acme.Staging.yaml", "config/acme.yaml.bak", "-"):
        assert main_of(name) is None


def test_only_the_one_that_is_chosen_is_read(here: Path) -> None:
    write("portal.testing.yaml", "workspace: [")
    (here / "portal.backup.yaml").mkdir()
    assert places(diagnostics()) == [
        ("file-unreadable", "portal.backup.yaml:1:1"),
        ("yaml-syntax", "portal.testing.yaml:2:1"),
    ]
    # `promote_from: staging` is right also where that file was not read.
    for names in ((), ("production",), ("staging",)):
        assert diagnostics(names) == ()
    assert places(diagnostics(("testing",))) == [("yaml-syntax", "portal.testing.yaml:2:1")]


def test_every_complaint_has_the_right_file_line_and_column(here: Path) -> None:
    write(
        "portal.staging.yaml",
        """\
workspace: https://a.example
tokn: x
audience: everyone
overrides:
  help_center: {live: maybe}
  homepage: {sections: []}
  portal: {enabled: true}
  data_attributes: {company: {plan_tier: {options: [free]}}}
""",
    )
    write("portal.yaml", MAIN.replace("version: 1", "version: 2") + PRODUCTION)
    problems = diagnostics()
    assert places(problems) == [
        ("not-allowed-value", "portal.yaml:1:10"),
        ("unknown-option", "portal.yaml:5:46"),
        ("unknown-key", "portal.staging.yaml:2:1"),
        ("unknown-key", "portal.staging.yaml:3:1"),
        ("wrong-type", "portal.staging.yaml:5:23"),
        ("empty-sections", "portal.staging.yaml:6:14"),
        ("undeclared-difference", "portal.staging.yaml:7:12"),
    ]
    assert problems[3].remedy == "`audience` belongs under `overrides`."
    assert problems[6].remedy == "Add `portal.enabled` to `may_differ` in portal.yaml:6, or remove it here."


def test_what_it_overrides_has_to_be_declared(here: Path) -> None:
    write("portal.yaml", MAIN.replace("promotion:", "ignore: [] #") + PRODUCTION)
    (problem,) = diagnostics()
    assert (problem.code, str(problem.source)) == ("undeclared-difference", "portal.staging.yaml:4:17")
    assert problem.remedy == (
        "Add `promotion: {may_differ: [help_center.custom_domain]}` to portal.yaml, or remove it here."
    )
    write("portal.yaml", MAIN.replace("{may_differ: [help_center, ", "{soak: 1h} # [") + PRODUCTION)
    assert diagnostics()[0].remedy == (
        "Add `may_differ: [help_center.custom_domain]` to `promotion` in portal.yaml:6, or remove it here."
    )


def test_an_environment_has_one_place(here: Path) -> None:
    write("portal.yaml", MAIN + PRODUCTION + '  staging: {workspace: https://c.example, token: "${T}"}\n')
    (problem,) = diagnostics()
    assert (problem.code, str(problem.source)) == ("environment-twice", "portal.staging.yaml:1:1")
    assert problem.summary == "the environment `staging` is described here and in portal.yaml:9"
    assert diagnostics(("production",)) == ()
    write("portal.yaml", MAIN + PRODUCTION)
    write("portal.staging.yml", STAGING)
    (problem,) = diagnostics(("staging",))
    assert problem.summary == "the environment `staging` is described here and in portal.staging.yaml:1"
    assert str(problem.source) == "portal.staging.yml:1:1"


def test_a_file_that_is_something_else(here: Path) -> None:
    write("portal.staging.yaml", "# Ours.\n" + MAIN)
    assert places(diagnostics()) == [("environment-file-whole", "portal.staging.yaml:2:1")]
    write("portal.staging.yaml", "- a\n- b\n")
    assert places(diagnostics()) == [("wrong-type", "portal.staging.yaml:1:1")]
    write("portal.staging.yaml", "# Nothing yet.\n")
    assert places(diagnostics()) == [("file-empty", "portal.staging.yaml:1:1")]
    (here / "portal.staging.yaml").unlink()
    write("portal.Staging.eu.yaml", STAGING)
    assert places(diagnostics()) == [
        ("unknown-environment", "portal.yaml:8:75"),
        ("not-allowed-name", "portal.Staging.eu.yaml:1:1"),
    ]
    assert places(diagnostics(("production",))) == [("unknown-environment", "portal.yaml:8:75")]
    (here / "portal.Staging.eu.yaml").rename(here / b"portal.\xff.yaml".decode("utf-8", "surrogateescape"))
    assert [one.code for one in diagnostics()] == ["unknown-environment", "not-allowed-name"]
    assert "portal.?.yaml" in str(diagnostics()[1].source)


def test_where_the_list_of_environments_is_none(here: Path) -> None:
    write("portal.yaml", MAIN + "environments: [production]\n")
    assert places(diagnostics()) == [("wrong-type", "portal.yaml:7:15")]
    write("portal.yaml", "- 1\n")
    assert places(diagnostics()) == [("wrong-type", "portal.yaml:1:1")]


def test_there_are_no_more_than_a_configuration_may_have(here: Path) -> None:
    for number in range(60):
        write(f"portal.e{number}.yaml", STAGING)
    codes = {one.code for one in diagnostics()}
    assert codes == {"not-allowed-value"}
    assert len(load("portal.yaml", None).values["environments"]) == source_environments._MOST + 1
    assert diagnostics(("e59",)) == ()


def test_it_is_no_configuration_of_its_own(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ConfigurationInvalid) as caught:
        load("portal.staging.yaml", None)
    (problem,) = caught.value.diagnostics
    assert problem.code == "environment-file-alone"
    assert "-f portal.yaml" in problem.remedy
    assert run(["validate", "-f", "portal.staging.yaml"]) == 1
    assert "environment-file-alone" in capsys.readouterr().err
    # A whole configuration may be called like that where it is named itself.
    write("portal.staging.yaml", MAIN)
    assert run(["validate", "-f", "portal.staging.yaml"]) == 0


@pytest.mark.parametrize(
    "text",
    [
        "workspace: https://a.example\ntoken: do_not_show\n",
        "workspace: https://user:do_not_show@a.example\ntoken: ${T}\n",
        "workspace: do_not_show\ntokne: do_not_show\ntoken: {do_not_show: 1}\n",
        "do_not_show\n",
        "- do_not_show\n",
        "token: [do_not_show\nworkspace: do_not_show\n",
        "token: do_not_show\ntoken: do_not_show\n",
        "token: >\n  do_not_show\n do_not_show: [\n",
        "key: do_not_show\nworkspace: [\n",
        "overrides: {zzz: 1}\ntoken: ${T}\nworkspace: https://a.example\nsecret: do_not_show\n",
    ],
)
def test_no_credential_in_it_is_shown(here: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    write("portal.staging.yaml", text)
    assert run(["validate"]) == 1
    assert run(["validate", "--format", "json"]) == 1
    run(["fmt", "--diff", "portal.staging.yaml"])
    said = "".join(capsys.readouterr())
    assert "portal.staging.yaml" in said
    assert "do_not_show" not in said


def test_what_a_person_reads(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write("portal.staging.yaml", STAGING + "  portal: {enabled: false}\n  homepage: {sections: []}\n")
    write("portal.testing.yaml", "workspace: https://a.example\ntoken: never-show-this\n")
    write("portal.Old.yaml", "")
    assert run(["validate"]) == 1
    assert_golden(CASES / "environment-files.txt", capsys.readouterr().err)


def test_fmt_knows_the_order_of_an_environment(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    unordered = (
        "# The web team's.\n\noverrides:\n  homepage: {sections: [search]}\n"
        "  help_center: {https: true, live: true} # both\ntoken: ${T}\n# Where.\nworkspace: https://a.example\n"
    )
    write("portal.staging.yaml", unordered)
    assert run(["fmt", "--check", "portal.yaml", "portal.staging.yaml"]) == 1
    assert capsys.readouterr().out == "portal.staging.yaml\n"
    assert run(["fmt", "-f", "portal.staging.yaml"]) == 0
    assert Path("portal.staging.yaml").read_text(encoding="utf-8") == (
        "# The web team's.\n\n# Where.\nworkspace: https://a.example\ntoken: ${T}\noverrides:\n"
        "  help_center: {https: true, live: true} # both\n  homepage: {sections: [search]}\n"
    )
    assert run(["fmt", "--check", "portal.staging.yaml"]) == 0


def test_standard_input_has_nothing_beside_it(here: Path) -> None:
    assert beside("-") == {}
    assert main_of("-") is None
