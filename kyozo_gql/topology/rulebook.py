"""docs/detection.md, written from the rules: ``python -m kyozo_gql.topology.rulebook``."""

from __future__ import annotations

import inspect
import sys

from kyozo_gql.topology import confidence, detection
from kyozo_gql.topology.model import RULES_VERSION
from kyozo_gql.topology.rules import RULE_SETS, Rule, RuleSet

_HEAD = f"""# How a folder is judged

Written by `make docs` from `kyozo_gql/topology/rules.py` and `detection.py`; version {RULES_VERSION} of the rules. The trees in
`tests/topology/cases` show each rule at work.

"""


def write_page() -> str:
    """The page as Markdown."""
    decision = inspect.cleandoc(detection.__doc__ or "").partition("\n\n")[2]
    sure = inspect.cleandoc(confidence.__doc__ or "").partition("\n\n")[2]
    return "\n".join([_HEAD + decision, f"\n## Confidence\n\n{sure}\n", *(_section(rule_set) for rule_set in RULE_SETS.values())])


def _section(rule_set: RuleSet) -> str:
    lines = ["", f"## {rule_set.title}", "", rule_set.about, "", "| Rule | Weight | What it says |", "|---|---|---|"]
    return "\n".join(lines + [_row(name, rule) for name, rule in rule_set.rules.items()]) + "\n"


def _row(name: str, rule: Rule) -> str:
    weights = ", ".join(f"{weight:+g}".replace("-", "−") if weight else "0" for weight in rule.weights)
    says = rule.says.replace("|", "\\|")
    return f"| `{name}` | {weights} | {says} |"


if __name__ == "__main__":
    sys.stdout.write(write_page())
