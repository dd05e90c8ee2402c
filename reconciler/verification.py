"""Ask a workspace about people and walk through its pages as them. Changes nothing but sessions of their own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from reconciler import verify
from reconciler.verify import Identity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from reconciler.config import Config
    from reconciler.targets.base import Target
    from reconciler.verify import Check, Subject


def run(config: Config, target: Target, people: Sequence[Subject], secret: str | None) -> tuple[Check, ...]:
    """Return every check for every person, in order.

    Args:
        config: The file.
        target: The workspace.
        people: Whom to verify, and what must be so.
        secret: What the web application signs identities with; without it nothing is observed.

    Raises:
        WorkspaceUnusable: The workspace could not be asked, or its pages not be reached.
    """
    setting = verify.setting_of(config, target.observe(config.help_center, config.name))
    answers = target.check(config.help_center, [one.person for one in people], None, card_shown=None)
    browser = target.browser()
    checks: list[Check] = []
    try:
        for subject, answer in zip(people, answers, strict=True):
            checks += verify.evaluate(subject, answer)
            if secret is not None and answer["found"]:
                person = answer["person"]
                walk = browser.walk(Identity(person["external_id"], person["email"]), secret, setting)
                checks += verify.observe(subject, answer, walk, setting)
    finally:
        browser.close()
    return tuple(checks)
