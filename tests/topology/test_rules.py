"""The catalogue names every rule, and no rule that is none."""

import ast
import re
from pathlib import Path

import pytest

import kyozo_gql.topology
from kyozo_gql.topology import node_entry
from kyozo_gql.topology.analysis import analyze_folder
from kyozo_gql.topology.python_judgement import judge, judge_closely
from kyozo_gql.topology.python_project import PythonProject
from kyozo_gql.topology.rulebook import write_page
from kyozo_gql.topology.rules import RULE_SETS, RULES
from kyozo_gql.topology.tree import DiskTree

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for path in Path(kyozo_gql.topology.__file__).parent.glob("*.py") if path.name != "rules.py")
CASES = sorted(path.parent / "tree" for path in (Path(__file__).parent / "cases").glob("*/expected.json"))
FILE_NAME = re.compile(r"\.(?:ya?ml|toml|json|txt|py|js|ts|go|rs|mod|conf|cfg|env|server|database)$")
PREFIXES = {name.partition(".")[0] for name in RULES}


def named_in_sources() -> set[str]:
    """Every literal that has the shape of a rule's name."""
    literals = {
        node.value
        for path in SOURCES
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    shaped = {text for text in literals if re.fullmatch(r"[a-z]+\.[a-z_]+", text) and text.partition(".")[0] in PREFIXES}
    return {text for text in shaped if not FILE_NAME.search(text)} | ({"fault"} & literals)


def emitted_by_cases() -> dict[str, set[float]]:
    found: dict[str, set[float]] = {}
    for case in CASES:
        tree = DiskTree(case)
        for folder in tree.folders():
            for indicator in analyze_folder(tree, folder).indicators:
                found.setdefault(indicator.rule, set()).add(indicator.weight)
    return found


def test_what_the_sources_name_is_in_the_catalogue_and_nothing_else():
    assert named_in_sources() == set(RULES)


@pytest.mark.parametrize("name", RULE_SETS)
def test_each_section_is_in_order(name):
    rules = list(RULE_SETS[name].rules)
    assert rules == sorted(rules)


def test_what_the_cases_emit_has_a_rule_and_one_of_its_weights():
    strange = {
        rule: weights - set(RULES[rule].weights if rule in RULES else ())
        for rule, weights in emitted_by_cases().items()
        if rule not in RULES or not weights <= set(RULES[rule].weights)
    }
    assert strange == {}


def test_every_rule_has_a_case_that_shows_it():
    assert set(RULES) - set(emitted_by_cases()) == set()


def test_the_page_is_as_the_rules_are():
    assert (ROOT / "docs/detection.md").read_text() == write_page(), "docs/detection.md is out of date: make docs"


SOURCES_OF_PYTHON = [path for case in CASES for path in sorted(case.rglob("*.py"))]
SOURCES_OF_NODE = [path for case in CASES for path in sorted(case.rglob("*.[jt]s"))]


def test_no_source_that_says_something_is_passed_over():
    for path in SOURCES_OF_PYTHON:
        text = path.read_text(errors="replace")
        assert judge("main.py", text, PythonProject()) == judge_closely("main.py", text, PythonProject()), path
    for path in SOURCES_OF_NODE:
        text = path.read_text(errors="replace")
        assert node_entry._judge("main.js", text) == node_entry._judge_closely("main.js", text), path
