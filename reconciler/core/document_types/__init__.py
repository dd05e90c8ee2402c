"""Documents as types: plan, result and fleet, as `schemas/*.json` describe them; a test holds both together."""
