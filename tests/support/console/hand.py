"""A person who follows the list in a page: opens, types, chooses, clicks. Without a script.

An item uses these words, in any order:

- `Open <URL>`, `open [words](URL)`
- `type `words` into *Label*`, `type the token into *Label*`
- `choose *Label*`
- `click *Button*`
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx

_ITEM = re.compile(r"\d+\. (?P<said>.*)")
_ACTION = re.compile(
    r"open <(?P<address>http[^>]+)>|open \[[^\]]+\]\((?P<link>http[^)]+)\)"
    r"|type (?P<words>`[^`]+`|the token) into \*(?P<label>[^*]+)\*"
    r"|choose \*(?P<choice>[^*]+)\*|click \*(?P<button>[^*]+)\*",
    re.IGNORECASE,
)
_REFUSED = 400


def is_done_by_hand(line: str) -> bool:
    """Return True for a line that is an item to do in a browser."""
    item = _ITEM.fullmatch(line)
    return item is not None and _ACTION.search(item["said"]) is not None


class Hand:
    """A browser, and whoever uses it."""

    def __init__(self) -> None:
        """Begin with no page."""
        self.http = httpx.Client(follow_redirects=True)
        self.page = _Page()
        self.at = ""

    def close(self) -> None:
        """Close connections."""
        self.http.close()

    def does(self, item: str, token: str) -> None:
        """Do an item; `token` is the value of "the token"."""
        for action in _ACTION.finditer(item):
            if address := action["address"] or action["link"]:
                self._show(self.http.get(address))
            elif label := action["label"]:
                self.page.find(label).value = token if action["words"] == "the token" else action["words"].strip("`")
            elif choice := action["choice"]:
                self.page.choose(choice)
            else:
                self._click(self.page.find(action["button"], button=True))

    def _click(self, button: _Field) -> None:
        assert button.form is not None, button
        sent = {one.name: one.value for one in self.page.fields if one.form == button.form and one.counts}
        to = urljoin(self.at, button.action or self.page.forms[button.form])
        origin = "{0.scheme}://{0.netloc}".format(urlsplit(to))
        pressed = {button.name: button.value} if button.name else {}
        self._show(self.http.post(to, data={**sent, **pressed}, headers={"Origin": origin}))

    def _show(self, answer: httpx.Response) -> None:
        assert answer.status_code < _REFUSED, (answer.url, answer.status_code, answer.text)
        self.at = str(answer.url)
        self.page = _Page()
        self.page.feed(answer.text)


@dataclass
class _Field:
    """A field or a button, with the number of its form if any."""

    kind: str
    name: str
    value: str
    form: int | None
    id: str
    checked: bool
    action: str
    label: str = ""

    @property
    def counts(self) -> bool:
        return bool(self.name) and self.kind != "button" and (self.checked or self.kind not in {"radio", "checkbox"})


class _Page(HTMLParser):
    """The forms of a page, each field with its label."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[str] = []
        self.fields: list[_Field] = []
        self._form: int | None = None
        self._labels: dict[str, str] = {}
        self._label: tuple[str, list[_Field], list[str]] | None = None
        self._used: int | None = None

    def find(self, label: str, *, button: bool = False) -> _Field:
        """Return the field of a label, or the button; where several forms have one, that of the form in use."""
        called = [one for one in self.fields if label in {one.label, self._labels.get(one.id)}]
        entries = [one for one in called if (one.kind == "button") is button]
        if len(entries) > 1:
            entries = [one for one in entries if one.form == self._used]
        assert len(entries) == 1, f"{len(entries)} are called {label!r}"
        self._used = entries[0].form
        return entries[0]

    def choose(self, label: str) -> None:
        """Choose an option."""
        chosen = self.find(label)
        for one in self.fields:
            if (one.form, one.name) == (chosen.form, chosen.name):
                one.checked = one is chosen

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(given.get("action", ""))
            self._form = len(self.forms) - 1
        if tag in {"label", "button"}:
            self._label = (given.get("for", ""), [], [])
        if tag in {"input", "textarea", "select", "button"}:
            kind = "button" if tag == "button" else given.get("type", "text")
            name, value, action = (given.get(one, "") for one in ("name", "value", "formaction"))
            field = _Field(kind, name, value, self._form, given.get("id", ""), "checked" in given, action)
            self.fields.append(field)
            if self._label is not None:
                self._label[1].append(field)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        if tag in {"label", "button"} and self._label is not None:
            named, inside, words = self._label
            said = " ".join("".join(words).split())
            self._label = None
            if named:
                self._labels[named] = said
            for one in inside:
                one.label = said

    def handle_data(self, data: str) -> None:
        if self._label is not None:
            self._label[2].append(data)
