"""How to run a folder as a type that was decided already, by detection or by its owner."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from kyozo_gql.core.spec import ServiceType
from kyozo_gql.topology.compose import detect_compose
from kyozo_gql.topology.dockerfile import detect_dockerfile
from kyozo_gql.topology.folder import Finding, Folder
from kyozo_gql.topology.golang import detect_golang
from kyozo_gql.topology.model import Recommendation, Tree
from kyozo_gql.topology.nodejs import detect_nodejs
from kyozo_gql.topology.proxy import detect_proxy
from kyozo_gql.topology.python import detect_python
from kyozo_gql.topology.rust import detect_rust

RULES: Mapping[ServiceType, Callable[[Folder], Finding | None]] = {
    ServiceType.COMPOSE_STACK: detect_compose,
    ServiceType.CONTAINERIZED: detect_dockerfile,
    ServiceType.GOLANG: detect_golang,
    ServiceType.RUST: detect_rust,
    ServiceType.PYTHON: detect_python,
    ServiceType.NODEJS: detect_nodejs,
    ServiceType.PROXY: detect_proxy,
}


def recommend(
    tree: Tree, folder: str, service_type: ServiceType, *, base_images: Mapping[str, str] | None = None
) -> Recommendation | None:
    """What the rules of one type recommend for a folder; None where they find nothing of theirs."""
    finding = RULES[service_type](Folder(tree, folder, base_images))
    return finding.recommendation if finding else None
