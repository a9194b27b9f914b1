"""The order of deployment."""

from hypothesis import given
from hypothesis import strategies as st

from kyozo_gql.topology.model import Dependency
from kyozo_gql.topology.order import deploy_order, find_cycles


def edges(*pairs: tuple[str, str]) -> tuple[Dependency, ...]:
    return tuple(Dependency(source, target, "test", "") for source, target in pairs)


def test_what_is_needed_comes_first():
    assert deploy_order(["proxy", "api", "db", "alone"], edges(("proxy", "api"), ("api", "db"))) == ("alone", "db", "api", "proxy")


def test_edges_to_others_and_to_oneself_do_not_count():
    assert deploy_order(["b", "a"], edges(("a", "postgres"), ("x", "a"), ("b", "b"))) == ("a", "b")


def test_a_cycle_is_entered_at_its_first_name_after_what_it_needs():
    dependencies = edges(("b", "c"), ("c", "b"), ("c", "z"), ("a", "b"))
    assert find_cycles(["a", "b", "c", "z"], dependencies) == (("b", "c"),)
    assert deploy_order(["a", "b", "c", "z"], dependencies) == ("z", "b", "a", "c")


NAMES = st.sampled_from("abcdefgh")


@given(st.lists(st.tuples(NAMES, NAMES), max_size=25), st.randoms())
def test_every_path_once_whatever_the_edges_and_their_order(pairs, random):
    order = deploy_order("abcdefgh", edges(*pairs))
    assert sorted(order) == list("abcdefgh")
    shuffled = list(pairs)
    random.shuffle(shuffled)
    assert deploy_order("hgfedcba", edges(*shuffled)) == order
    cyclic = {(source, target) for cycle in find_cycles("abcdefgh", edges(*pairs)) for source in cycle for target in cycle}
    for source, target in pairs:
        assert source == target or (source, target) in cyclic or order.index(target) < order.index(source)
