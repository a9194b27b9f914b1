"""In what order services are deployed: what is needed comes before what needs it."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping

from kyozo_gql.topology.model import Dependency


def deploy_order(paths: Iterable[str], dependencies: Iterable[Dependency]) -> tuple[str, ...]:
    """``paths`` so that each stands behind what it depends on, otherwise by name. A cycle is entered at its first name.

    Edges from or to anything else than one of ``paths`` don't count. ``find_cycles`` tells which edges could not be kept.
    """
    needs = _needs(paths, dependencies)
    cyclic = {path: cycle for cycle in find_cycles(needs, dependencies) for path in cycle}
    needed_by: dict[str, list[str]] = {path: [] for path in needs}
    for path, targets in needs.items():
        for target in targets:
            needed_by[target].append(path)
    open_needs = {path: len(targets) for path, targets in needs.items()}
    ready = [path for path, count in open_needs.items() if count == 0]
    heapq.heapify(ready)
    order: list[str] = []
    done: set[str] = set()
    while len(order) < len(needs):
        path = heapq.heappop(ready) if ready else _enter_cycle(needs, cyclic, done)
        if path in done:
            continue
        done.add(path)
        order.append(path)
        for dependent in needed_by[path]:
            open_needs[dependent] -= 1
            if open_needs[dependent] == 0:
                heapq.heappush(ready, dependent)
    return tuple(order)


def find_cycles(paths: Iterable[str], dependencies: Iterable[Dependency]) -> tuple[tuple[str, ...], ...]:
    """The groups of paths that depend on one another in a circle, each in order."""
    needs = _needs(paths, dependencies)
    reach = {path: _reachable(path, needs) for path in needs if needs[path]}
    cycles: set[tuple[str, ...]] = set()
    for path, reached in reach.items():
        if path in reached:
            cycles.add(tuple(sorted(other for other in reached if path in reach.get(other, ()))))
    return tuple(sorted(cycles))


def _needs(paths: Iterable[str], dependencies: Iterable[Dependency]) -> dict[str, set[str]]:
    needs: dict[str, set[str]] = {path: set() for path in sorted(set(paths))}
    for edge in dependencies:
        if edge.source in needs and edge.target in needs and edge.source != edge.target:
            needs[edge.source].add(edge.target)
    return needs


def _reachable(start: str, needs: Mapping[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    waiting = [start]
    while waiting:
        for target in needs[waiting.pop()] - reached:
            reached.add(target)
            waiting.append(target)
    return reached


def _enter_cycle(needs: Mapping[str, set[str]], cyclic: Mapping[str, tuple[str, ...]], done: set[str]) -> str:
    """The first path by name that waits for nothing but its own cycle."""
    return next(
        path
        for path in needs
        if path not in done and path in cyclic and all(need in done or need in cyclic[path] for need in needs[path])
    )
