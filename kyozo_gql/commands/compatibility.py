"""``kyozo-gql schema --against``: what in the schema breaks clients of an earlier one, and whether the changelog says so."""

from __future__ import annotations

import re

from graphql import build_schema, find_breaking_changes

_SECTION = re.compile(r"^## .*?(?=^## |\Z)", re.MULTILINE | re.DOTALL)


def breaking_changes(earlier: str, now: str) -> list[str]:
    """A sentence for each change that can break a client of the earlier schema; both are texts in GraphQL's schema language.

    Raises GraphQLSyntaxError and TypeError for what is no schema.
    """
    changes = find_breaking_changes(build_schema(earlier), build_schema(now))
    return sorted({change.description for change in changes})


def unannounced(changes: list[str], changelog: str) -> list[str]:
    """The changes that the newest section of a changelog does not name; it names one by holding its sentence."""
    newest = _SECTION.search(changelog)
    said = _plain(newest.group() if newest else "")
    return [change for change in changes if _plain(change) not in said]


def _plain(text: str) -> str:
    """Without line breaks, code marks and full stops, which a changelog may set as it likes."""
    return re.sub(r"\s+", " ", text.replace("`", "")).rstrip(". ")
