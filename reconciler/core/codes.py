"""Every code that a diagnostic may carry, with what it means. Codes are stable: tools and people rely on them.

To add one: use it, describe it here, and say in `advice.toml` what to do about it. Tests assert that what is used is
described, and the other way round.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_FILE = {
    "file-missing": "There is no file of that name.",
    "file-unreadable": "The file is there but cannot be read: it is a directory, or access is denied.",
    "file-unwritable": "A file that is to be written may not be.",
    "file-changed": "Somebody else wrote the file between the moment it was read and the moment it was to be written.",
    "file-exists": "There is a file of that name already, and it is not overwritten unasked.",
    "stdin-not-writable": "The configuration came from standard input, which cannot be written back.",
    "file-too-large": "The file is larger than 1 MiB, which no configuration needs.",
    "file-empty": "The file holds no value, only blank lines or comments.",
    "not-utf8": "The file holds bytes that are not UTF-8. The place of the first one is shown.",
    "forbidden-character": "A control character, an exotic line break or a character that turns the writing direction: "
    "a reviewer could not see what the file says.",
    "edit-shared": "A value that should change is used at another place through an alias, which would change too.",
    "edit-unprovable": "A value could not be changed in the file in such a way that nothing else changes; the file is "
    "as it was.",
    "format-refused": "`portal fmt` could not prove that its layout keeps every value and comment, and left the file "
    "as it was.",
}

_FLEET = {
    "fleet-empty": "A directory or a pattern stands for no configuration at all.",
    "fleet-stdin": "Standard input is one configuration; it is no part of a fleet.",
    "memory-unusable": "The file that is to remember what was found of a fleet holds something else.",
    "fleet-name-twice": "Two configurations for one workspace have the same name, so they would share one record.",
    "fleet-conflict": "Two configurations give one setting of one workspace different values: each would undo what the "
    "other applied.",
    "fleet-needs-another": "A configuration of a fleet was not applied, because another one was not that it needs: one "
    "that changes a setting of the whole workspace, or whose portal it would open.",
    "executor-not-installed": "Working on a Dask cluster needs a package that is not installed.",
    "executor-unreachable": "There is no scheduler of a Dask cluster at the address that was given.",
    "executor-without-workers": "A Dask cluster has no workers, or has lost all that it had.",
    "executor-version": "A worker of a Dask cluster has another portal, or none: it might plan by other rules.",
    "executor-worker-lost": "The process that worked on a part of a fleet ended before it was done.",
}

_YAML = {
    "yaml-syntax": "The file is not YAML at this place.",
    "yaml-tab": "A tab indents a line. YAML allows only spaces there.",
    "yaml-alias": "An alias (`*name`) has no anchor (`&name`) above it, or stands inside of what it refers to.",
    "yaml-key": "A key is a list, a mapping, an alias or nothing at all; it has to be a plain name.",
    "yaml-merge-key": "`<<` is used to merge mappings. YAML 1.2 does not have it, and it hides from a reviewer what a "
    "place says; overrides of environments do what it is mostly used for.",
    "yaml-number": "A number is infinite, not a number, or larger than 64 bits hold exactly.",
    "yaml-several-documents": "The file holds more than one YAML document, separated by `---`.",
    "yaml-tag": "A value carries a YAML tag (`!…`). Values need none, and some tags run code in careless readers.",
    "yaml-too-deep": "Lists and mappings nest deeper than any configuration needs.",
    "yaml-too-many-values": "The file stands for too many values, each use of an alias counted.",
    "yaml-version": "A `%YAML` line asks for a version other than 1.2, in which some values would mean something else.",
    "duplicate-key": "A mapping has the same key twice. YAML readers silently use one of the two.",
}

_SHAPE = {
    "unknown-key": "A key that this place of a configuration does not have.",
    "missing-key": "A key that this place of a configuration needs.",
    "wrong-type": "A value of another kind than this place takes: a text instead of a list, for instance.",
    "not-allowed-value": "A value of the right kind that is not possible here.",
    "not-allowed-name": "A key that is meant as a name, such as that of an attribute, but is not spelled like one.",
    "null-not-allowed": "A key without a value. Omitting the key leaves a setting alone and `[]` wants none of "
    "something; no value could mean either.",
    "placeholder-not-allowed": "`${NAME}` where nothing is read from the process environment, or as a part of a value. "
    "Only `token` and `workspace` of an environment are read from there.",
    "literal-secret": "A credential is spelled out in the file. It is not shown anywhere; treat it as compromised if "
    "the file was shared.",
    "duplicate-item": "A list holds the same value twice.",
    "too-many-problems": "More problems were found than are worth reading at once.",
}

_MEANING = {
    "wrong-operator": "A condition has no operator, several, one that does not exist, or one that does not go with the "
    "type of its attribute.",
    "wrong-rule": "A rule has several of `all`, `any`, `not` and `attribute` side by side.",
    "rule-too-large": "A rule has more than 500 conditions or more than 10 levels.",
    "rule-always-true": "Two exclusions of the same attribute stand under `any`: one of them always holds, so the rule "
    "matches everyone.",
    "unknown-attribute": "A condition names an attribute that is not built in, nor declared under `data_attributes`.",
    "unknown-option": "A condition names an option that its attribute does not declare.",
    "shadows-built-in": "A custom attribute has the name of a built-in one.",
    "options-not-allowed": "Options are declared for an attribute that is not of type `string`.",
    "duplicate-section": "The homepage lists a section twice.",
    "empty-sections": "The homepage lists no section, yet keeps those that are not listed.",
    "contradiction": "A person is expected both to have and not to have an ability.",
    "unknown-environment": "An environment is named that the file does not describe.",
    "environment-twice": "An environment is described in two places: in the main file and in one of its own, or in "
    "two of its own.",
    "environment-file-whole": "A file that is called like one of an environment, `portal.NAME.yaml` beside "
    "`portal.yaml`, is a whole configuration.",
    "environment-file-alone": "The file of an environment was named where the main one is needed.",
    "unknown-field": "An ignore rule names a field that the object does not have.",
    "ignore-expired": "The last day of an ignore rule is over; nothing is planned until it is renewed or removed.",
    "ignore-expires": "The last day of an ignore rule is at most two weeks away.",
    "unknown-setting": "`promotion.may_differ` names a setting that does not exist, or only a part of one that is a "
    "single value.",
    "undeclared-difference": "An environment overrides a setting that `promotion.may_differ` does not name. Without "
    "that list the main file may override anything, and environments in files of their own nothing.",
    "promotion-circle": "Environments are promoted from each other in a circle.",
}

_PLAN = {
    "rule-matches-everyone": "The audience that a plan sets is a rule, yet matches everybody who can log in.",
    "rule-matches-nobody": "The audience that a plan sets is a rule that matches nobody who can log in.",
    "negative-company-condition": "A condition of a rule excludes companies. A rule is tried with each company of a "
    "person, so it lets in whoever has another company, too.",
    "required-setting-unmet": "The portal is to be enabled while a required setting is not met.",
    "recommended-setting-unmet": "A recommended setting is not met; the portal works, but not as well as it could.",
    "portal-ineffective": "The portal is enabled, but a required setting does not hold, so nobody can open it.",
    "attribute-type-fixed": "A declared type differs from that of the attribute in the workspace; types cannot change.",
    "card-added-by-default": "Enabling the portal adds its card to the draft of the homepage, which the file does not "
    "describe.",
    "expectation-broken": "After the plan a person could, or could not, do what is expected otherwise.",
    "person-unknown": "Nobody in the workspace goes by that email address, user id or contact id.",
    "person-ambiguous": "Several people in the workspace go by that email address.",
    "guard-exceeded": "The plan changes more than a guard allows.",
    "audience-missing": "The file describes no audience that could be previewed.",
    "finding-unknown": "`--only` names something that has not drifted.",
    "adopt-not-expressible": "A live value is one that a configuration file cannot say.",
    "adopt-incomplete": "Some findings cannot be adopted, so none was; `--only` narrows to the others.",
    "pull-left-out": "The workspace has something that a configuration cannot say, so `portal pull` left it out.",
    "help-center-needed": "The workspace has several Help Centers, and none was chosen.",
    "confirmation-impossible": "A change wants to be confirmed, but there is no terminal to ask at.",
    "ignore-idle": "An ignore rule fits nothing that the file declares or the workspace has.",
    "ignored-attribute-needed": "A rule names an attribute that is ignored, and the workspace has none of that "
    "name and type.",
    "unknown-live-fields": "The workspace holds settings that this version does not know; their content stays.",
    "simulation-failed": "The plan failed when it was applied to a twin of the workspace.",
    "code-unknown": "`portal explain` was asked about a diagnostic code that does not exist.",
    "command-line-wrong": "The command line makes no sense.",
    "interrupted": "The command was stopped before it had a result, or before it had looked at what it did.",
}

_SAVED = {
    "plan-unreadable": "A file is not a plan as `portal plan --out` writes it.",
    "plan-newer-format": "A saved plan has a major format that this version does not read.",
    "plan-edited": "A saved plan was changed after it was made: its digest does not fit.",
    "plan-blocked": "A saved plan is one that something forbids.",
    "plan-takes-no-options": "An option was given that only the making of a plan takes, or one that applying this plan "
    "needs is missing.",
    "plan-of-another-workspace": "A saved plan was made for another workspace.",
    "plan-of-another-environment": "A saved plan was made for another environment.",
    "plan-of-another-configuration": "A saved plan was made from another configuration, or from an older state of it.",
    "plan-already-applied": "A saved plan was applied before, as a whole or in part.",
    "plan-outgrown": "There are other people by now: a saved plan would touch more of them than a guard allows.",
    "stale-plan": "Somebody else changed what the plan changes, after it was made.",
    "applied-meanwhile": "The same configuration was applied after the plan was made.",
    "changed-meanwhile": "Somebody changed something after the plan was made that the plan does not touch.",
}

_APPLY = {
    "environment-protected": "A protected environment takes saved plans only.",
    "locked": "Somebody else is applying the same configuration.",
    "lock-lost": "The lock of a running apply expired, or was broken; nothing more was written.",
    "apply-running": "Somebody is applying the same configuration right now.",
    "managed-elsewhere": "Another configuration, applied to the same workspace, names a setting that this file names, "
    "too: each would take it from the other.",
    "apply-unfinished": "An earlier apply was begun and never ended.",
    "changed-since": "What is to be taken back was changed since.",
    "receipt-unknown": "The workspace has no receipt of that id.",
    "receipt-of-another": "A receipt is of another configuration.",
    "receipt-unfinished": "A receipt is of an apply that has not ended.",
    "receipt-undone": "What a receipt tells was taken back already.",
}

_WORKSPACE = {
    "help-center-unknown": "The workspace has no Help Center of that identifier.",
    "not-found": "The workspace does not have what was asked for; often the URL is not that of a workspace.",
    "variable-unset": "The address of a workspace is to be read from a variable that is not set.",
    "secret-malformed": "A secret holds something that no header and no signature takes: a line end, a blank, or "
    "anything else that is not printable ASCII. It is shown nowhere.",
    "token-missing": "No token was given for the workspace.",
    "token-not-accepted": "The workspace does not know the token.",
    "token-not-sufficient": "The token lacks the scope for this.",
    "workspace-url-invalid": "What was given is not the URL of a workspace.",
    "workspace-url-insecure": "The URL would carry the token unencrypted over a network.",
    "workspace-unreachable": "The workspace cannot be reached.",
    "workspace-timeout": "The workspace did not answer in time.",
    "write-outcome-unknown": "A write was sent and nothing usable came back: it may have been done.",
    "patience-invalid": "PORTAL_PATIENCE is not a number of seconds.",
    "workspace-refused": "The workspace refused a request for a reason of its own.",
    "workspace-answer-unreadable": "The workspace answered something that is not the admin API.",
    "workspace-unusable": "The database of a workspace cannot be used.",
    "seed-without-embedded": "A seed was given for a workspace that is not the embedded one.",
    "identity-secret-missing": "`portal verify` has no secret to sign identities with, so it cannot log anybody in.",
    "verification-not-noted": "What came of `portal verify` is not kept in the workspace: no promotion counts on it.",
    "nobody-to-verify": "`portal verify` was given nobody to verify.",
    "verify-not-installed": "Signing an identity needs a package that is not installed.",
    "serve-not-installed": "Running a workspace needs packages that are not installed.",
}

_FORGE = {
    "forge-context-missing": "Neither the command line nor the build says which repository, pull request or commit is "
    "meant.",
    "forge-token-missing": "The variable that should have the token of the forge is not set.",
    "forge-token-not-accepted": "The forge does not know the token.",
    "forge-permission-missing": "The token of the forge may not do this; the message says which permission it lacks.",
    "forge-url-insecure": "The address of a forge's API would carry the token unencrypted over a network.",
    "forge-unreachable": "The forge cannot be reached, or did not answer in time.",
    "forge-answer-unreadable": "The forge answered something that is not its API, or gave a file that is not the one "
    "it tells of.",
    "forge-not-found": "The forge has no such repository, pull request or file, or hides it from this token.",
    "forge-refused": "The forge refused a request for a reason of its own, such as too many requests.",
    "document-not-publishable": "A file is neither a plan nor what `portal drift` found.",
    "drift-not-known": "`portal drift` came to nothing, so there is nothing to say in an issue.",
    "plan-of-a-fork": "A build of a fork made a plan that claims to be about an environment.",
    "reviewed-plan-missing": "There is no plan that was reviewed with the pull request of a commit.",
    "reviewed-plan-differs": "The plan that was reviewed would not do what a plan made now would do.",
}

_PROMOTION = {
    "promotion-source-missing": "`portal promote` was not told where to promote from, and the file does not say it.",
    "promotion-to-itself": "An environment was to be promoted to itself.",
    "promotion-from-another": "`promote_from` names another environment than the one that is to be promoted.",
    "promotion-nothing-applied": "Nothing of this configuration was ever applied where it is to be promoted from.",
    "promotion-older-record": "The configuration was applied by a version that did not keep it in the record.",
    "promotion-not-whole": "The last apply where it is to be promoted from was done in part.",
    "promotion-taken-back": "What was applied where it is to be promoted from was taken back.",
    "promotion-unfinished": "An apply is running where it is to be promoted from, or died there.",
    "promotion-record-broken": "The configuration in a record is not the one that its digest is of.",
    "promotion-of-another": "What was applied is of another configuration than the file at hand.",
    "promotion-condition-unmet": "A condition of a promotion is not met, and nobody answers for that.",
    "waiver-incomplete": "A condition is waived without saying by whom or why, or the other way round.",
}

CODES: Mapping[str, str] = MappingProxyType(
    {**_FILE, **_FLEET, **_YAML, **_SHAPE, **_MEANING}
    | {**_PLAN, **_SAVED, **_APPLY, **_WORKSPACE, **_FORGE, **_PROMOTION}
)
"""What each code means, by code."""
