"""Sentences about knowledge and mirrored people, shared by every rendering."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from reconciler.core.document_types.plan import Change, Upstream

_LEAST = {
    "sampled": "seen on a page",
    "attested": "rest on a person's word",
    "assumed": "assumed",
    "unknown": "not known",
}


def seen(upstream: Upstream) -> str:
    """Count the observed fields, and the grounds of the others, without a full stop."""
    fields: Mapping[str, Any] = {**upstream["fields"]}
    rest = []
    for how, words in _LEAST.items():
        if count := fields[how]:
            oldest = fields["oldest_word"] if how == "attested" else None
            rest.append(f"{count} {words}" + (f", the oldest of {day(oldest)}" if oldest else ""))
    also = f"; {', '.join(rest)}" if rest else ""
    return f"{fields['observed']} of {fields['managed']} fields were observed{also}"


def people(upstream: Upstream) -> Iterator[str]:
    """Yield the progress and the blind spots of a vendor's people."""
    return mirror(upstream["mirror"])


def mirror(mirror: Mapping[str, Any]) -> Iterator[str]:
    """Yield the progress and the blind spots of a mirror."""
    if mirror["as_of"] is None:
        yield f"nobody is mirrored yet{_because(mirror)}"
        return
    whole = "complete" if mirror["complete"] else f"incomplete{_because(mirror)}"
    yield f"{mirror['people']} people as of {mirror['as_of']}, {whole}"
    if count := mirror["incomplete_people"]:
        yield f"companies or tags of {count} people could not be read: they count with those that could"
    if count := mirror["form_companies"]:
        yield f"{count} companies were made by a form of the Messenger, and count like others"
    if count := mirror["shared_emails"]:
        yield f"{count} addresses are those of several people: name them by external id"
    if count := mirror["odd_values"]:
        yield f"values of {count} people are not of their attribute's type, and match no condition"
    if mirror["grants"] == "known":
        yield "granted companies are seen of those whom the file names; not seen: the meaning of segments"
        return
    yield "not seen: granted companies, and the meaning of segments"


_PROVEN = {
    "observed": "looked at again",
    "count": "proven by the number of people on the screen",
    "url": "proven by the address on the screen",
    "text": "proven by what the screen says",
    "word": "on their word alone",
}
_NAMED = 5
MACHINE, PERSON, WORD = "The machine does", "A person does", "A person does, and nothing confirms it"


def making(changes: Iterable[Change]) -> Iterator[tuple[str, list[str]]]:
    """Yield the nonempty lists of a vendor's changes by their way."""
    lists: dict[str, list[str]] = {MACHINE: [], PERSON: [], WORD: []}
    for change in changes:
        if (via := change.get("via")) is None:
            continue
        names = [field["field"] for field in change["fields"]]
        fields = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
        message = f"{change['id']} {change['address']} {fields}"
        if via == "api":
            lists[MACHINE].append(message)
            continue
        proof, minutes = change.get("proof", "word"), change.get("minutes", 0)
        about = f"about {minutes} minute{'' if minutes == 1 else 's'}"
        lists[WORD if proof == "word" else PERSON].append(f"{message}: {about}, {_PROVEN[proof]}")
    yield from ((title, texts) for title, texts in lists.items() if texts)


def unseen(field: Mapping[str, Any]) -> bool:
    """Tell whether the live value of a field is unknown."""
    return bool((field.get("known") or {}).get("how") == "unknown")


def day(moment: str) -> str:
    """Return the day of a moment."""
    return moment.partition("T")[0]


def _because(mirror: Mapping[str, Any]) -> str:
    return f" ({mirror['reason']})" if mirror["reason"] else ""
