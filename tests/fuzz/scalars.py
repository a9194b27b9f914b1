"""What fuzzing writes for the scalars of the schema: mostly what they take, sometimes what they do not."""

from __future__ import annotations

from typing import Final

from graphql import NameNode, ObjectFieldNode, ValueNode
from hypothesis import strategies as st
from hypothesis_graphql import nodes

_texts = st.text(alphabet=st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=20)
_quantities = st.one_of(
    st.from_regex(r"\A[0-9]{1,6}(\.[0-9]{1,3})?(m|k|M|G|Ki|Mi|Gi)?\Z"), st.sampled_from(["", "-1", "1e9", "Mi", "0", "9" * 40])
)
_moments = st.one_of(st.datetimes(timezones=st.timezones()).map(lambda moment: moment.isoformat()), _texts)

SCALARS: Final[dict[str, st.SearchStrategy[ValueNode]]] = {
    "DateTime": _moments.map(nodes.String),
    "Quantity": _quantities.map(nodes.String),
    "JSON": st.one_of(
        _texts.map(nodes.String),
        st.integers().map(nodes.Int),
        st.booleans().map(nodes.Boolean),
        st.just(nodes.Null),
        st.dictionaries(st.from_regex(r"\A[a-zA-Z_]\w{0,8}\Z", alphabet=st.characters(codec="ascii")), _texts, max_size=3).map(
            lambda members: nodes.Object(
                [ObjectFieldNode(name=NameNode(value=name), value=nodes.String(value)) for name, value in members.items()]
            )
        ),
    ),
    "Upload": _texts.map(nodes.String),
}
