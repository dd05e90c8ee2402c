"""Interview: ask a person once for the settings that no API tells, so that the first plan can compare.

Answers are kept as that person's word. What a screen shows (a count, an address) is read back; an answer that does not
fit is not kept. An empty answer leaves a setting unknown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from reconciler.config import desired, validate
from reconciler.config.edit import emit
from reconciler.config.yaml import document as source
from reconciler.core.diagnostics import Severity
from reconciler.core.errors import PortalError
from reconciler.kinds import audience, ticket_visibility
from reconciler.kinds.messenger import spaces
from reconciler.operations.observe import attributes
from reconciler.rules import from_words
from reconciler.rules import model as rules
from reconciler.rules.attributes import CONDITION_TYPE, rule_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from reconciler.config.desired import Config
    from reconciler.kinds.state import State
    from reconciler.target.protocol import Target

_YES, _NO = frozenset({"y", "yes", "on"}), frozenset({"n", "no", "off"})
_CLOSE, _CLOSE_SHARE = 1, 0.02
_MOST_TRIES = 3
_EXAMPLE = "Email ends with @examply.com, or Company · plan_tier · is · team"
_RULES = (rules.Condition, rules.Group, rules.Not)


class NoMoreAnswers(Exception):
    """The person has stopped answering."""


@dataclass(frozen=True, slots=True)
class Person:
    """The person who is asked, with the vendor's words for places and sections; `ask` raises `NoMoreAnswers`."""

    ask: Callable[[str], str]
    tell: Callable[[str], None]
    places: Mapping[str, str]
    sections: Mapping[str, str]


def interview(target: Target, state: State, person: Person, declared: Mapping[str, Any]) -> int:
    """Ask for all unknown settings, keep the answers in the target, and return the number of those known now."""
    questions = _Interview(target, state, person, declared)
    try:
        questions.portal()
        questions.audience()
        questions.visibility()
        questions.identity()
        questions.switch(spaces.KIND.name, "Is the tickets space on in the Messenger?", "tickets")
        questions.switch(
            "data_attribute/contact.companies", "Are updates of companies via the Messenger prevented?", ""
        )
        if state.resources[f"help_center/{state.help_center}"].values.get("custom_domain"):
            questions.switch(
                f"help_center/{state.help_center}", "Does your site forward cookies to it?", "cookie_forwarding"
            )
        questions.homepage()
    except NoMoreAnswers:
        person.tell("The rest stays unknown.")
    return questions.kept


class _Interview:
    def __init__(self, target: Target, state: State, person: Person, declared: Mapping[str, Any]) -> None:
        self._target, self._state, self._person, self._declared = target, state, person, declared
        self._help_center = state.help_center
        self._custom = {
            rule_name(model, name): CONDITION_TYPE[entry["type"]]
            for model, entries in declared.items()
            for name, entry in entries.items()
            if entry.get("type") in CONDITION_TYPE
        }
        self.kept = 0

    def portal(self) -> None:
        answer = self._yes(f"portal/{self._help_center}", "Is the tickets portal on?")
        if answer is None:
            return
        address = self._address() if answer else None
        if address is not None or not answer:
            self._keep(f"portal/{self._help_center}", {"enabled": answer}, address)

    def _address(self) -> str | None:
        """Ask for the portal's address; empty for no answer, `None` where none fits."""
        for _ in range(_MOST_TRIES):
            address = self._ask("Type its address, as that screen shows it")
            if not address or self._is_ours(address):
                return address
            ours = self._domain or f"…/{self._help_center}/…"
            self._person.tell(f"{address} is no address of this Help Center, {ours}: not kept. Try again.")
        return None

    def audience(self) -> None:
        self._where(f"audience/{self._help_center}")
        for _ in range(_MOST_TRIES):
            text = self._ask("Who may open it? everyone, nobody, or one condition a line, an empty line at the end")
            if not text:
                return
            meant = self._meant(text)
            if meant is not None and self._counted(meant):
                return

    def visibility(self) -> None:
        address = f"ticket_visibility/{self._help_center}"
        self._where(address)
        text = self._ask("Which tickets do people see: all of their companies, own, or own by a rule? all, own or rule")
        plain: Any = {"all": "company", "own": "own"}.get(text.casefold())
        if text.casefold() == "rule":
            config = self._meant(self._ask("Who sees only their own? One condition a line, an empty line at the end"))
            rule = None if config is None else audience.KIND.desired(config)
            if config is None or rule is None or isinstance(rule, str):
                return
            values = ticket_visibility.wire({"own_for": rules.plain(rule)}, config.attribute_types)
            self._keep(address, values)
        elif plain is not None:
            self._keep(address, ticket_visibility.wire(plain, {}))

    def identity(self) -> None:
        known = self._state.known("identity", "mode")
        if known is None or not known.one_of:
            return
        self._where("identity")
        text = self._ask(f"How do users prove who they are? {' or '.join(map(str, known.one_of))}").casefold()
        if text in known.one_of:
            self._keep("identity", {"mode": text})

    def switch(self, address: str, question: str, field: str) -> None:
        answer = self._yes(address, question)
        if answer is not None:
            # What prevents updates is the opposite of what allows them.
            self._keep(address, {field: answer} if field else {"messenger_writable": not answer})

    def homepage(self) -> None:
        """Ask for the visible sections; a draft that differs is somebody's work, and stays unknown."""
        address = f"homepage/{self._help_center}"
        self._where(address)
        for _ in range(_MOST_TRIES):
            text = self._ask("Which sections does the homepage show, from top to bottom? With commas")
            if not text:
                return
            types = [self._section(name) for name in text.split(",") if name.strip()]
            if None not in types and len(set(types)) == len(types):
                break
            self._person.tell(f"Name each section once: {', '.join(self._person.sections)}.")
        else:
            return
        if self._yes(address, "Is everything that was edited there set live?"):
            sections: list[dict[str, Any]] = [{"type": name, "enabled": True, "settings": {}} for name in types]
            self._keep(address, {"sections": sections})

    def _section(self, name: str) -> str | None:
        folded = " ".join(name.split()).casefold()
        known = {label.casefold(): kind for label, kind in self._person.sections.items()}
        return known.get(folded) or (folded if folded in known.values() else None)

    def _counted(self, config: Config) -> bool:
        """Keep an audience unless the screen's count contradicts it; tell whether it was kept."""
        meant = audience.KIND.desired(config)
        wire = audience.wire(rules.plain(meant) if isinstance(meant, _RULES) else meant, config.attribute_types)
        text = self._ask("Type the number of people that its preview shows").replace(",", "").replace(" ", "")
        if not text.isdecimal():
            self._keep(f"audience/{self._help_center}", wire)
            return True
        self._target.refresh_people(attributes(config), older_than=0)
        count = int(self._target.preview(self._help_center, wire, page=1, per_page=1)["count"])
        if abs(count - int(text)) > _CLOSE + round(count * _CLOSE_SHARE):
            self._person.tell(
                f"These conditions mean {count} people, and the screen shows {text}: not kept. Try again."
            )
            return False
        self._keep(f"audience/{self._help_center}", wire, text)
        return True

    def _meant(self, first: str) -> Config | None:
        """Ask for the audience and return its configuration; report an invalid one."""
        if first.casefold() in {"everyone", "nobody"}:
            return self._config(first.casefold())
        lines = [first]
        while line := self._ask("and"):
            lines.append(line)
        conditions = [from_words.condition(line, exact=True, custom=self._custom) or line for line in lines]
        unread = [line for line in conditions if not line.startswith("{")]
        if unread:
            self._person.tell(f"This is no condition: {unread[0]}. Type each as the screen shows it: {_EXAMPLE}.")
            return None
        if len(conditions) == 1:
            return self._config(conditions[0])
        word = self._ask("Must all of them hold, or any? all or any").casefold()
        return self._config(f"{{{word if word in {'all', 'any'} else 'all'}: [{', '.join(conditions)}]}}")

    def _config(self, audience_text: str) -> Config | None:
        style = emit.Style()
        head = {"version": 1, "name": self._help_center, "help_center": {"identifier": self._help_center}}
        values = {**head, **({"data_attributes": self._declared} if self._declared else {})}
        lines = [line for key, value in values.items() for line in emit.entry(key, value, 0, style)]
        try:
            document = source.parse("\n".join([*lines, f"audience: {audience_text}", ""]), "answer")
            problems = [item for item in validate.validate(document) if item.severity is Severity.ERROR]
        except PortalError as problem:
            problems = list(problem.diagnostics)
        for diagnostic in problems:
            self._person.tell(f"{diagnostic.summary}. {diagnostic.remedy}")
        return None if problems else desired.build(document)

    def _is_ours(self, address: str) -> bool:
        split_result = urlsplit(address if "://" in address else f"https://{address}")
        return bool(split_result.hostname) and (
            split_result.hostname == self._domain or f"/{self._help_center}/" in split_result.path
        )

    @property
    def _domain(self) -> str | None:
        domain: str | None = self._state.resources[f"help_center/{self._help_center}"].values.get("custom_domain")
        return domain

    def _yes(self, address: str, question: str) -> bool | None:
        self._where(address)
        text = self._ask(f"{question} yes or no").casefold()
        return True if text in _YES else False if text in _NO else None

    def _where(self, address: str) -> None:
        place = next(
            (message for start, message in self._person.places.items() if f"{address}/".startswith(f"{start}/")), ""
        )
        if place:
            self._person.tell(f"Look at {place}.")

    def _ask(self, question: str) -> str:
        return self._person.ask(question)

    def _keep(self, address: str, values: Mapping[str, Any], read_back: str | None = None) -> None:
        body = {"address": address, "values": dict(values), **({"read_back": read_back} if read_back else {})}
        self._target.attest(body)
        self.kept += 1
