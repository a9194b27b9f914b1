"""What .gitignore and .dockerignore exclude (git-scm.com/docs/gitignore)."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable

from pathspec import GitIgnoreSpec

_MAX_PATTERN = 300  # what is longer, or has more stars, could take a time without end to match, and names nothing
_MAX_STARS = 3
_MAX_KNOWN = 10_000  # answers that are kept; beyond them each is found again
_ODD_SET = re.compile(r"\[[^\]]*(?:\[|--|&&|~~|\|\|)")
_EVERYTHING = frozenset({"*", "**", "/*", "/**", "**/*", "*/"})


class IgnoreFile:
    """The patterns of one file; paths are relative to the folder that it stands in, folders end in "/".

    Patterns without a slash within say the same of a name wherever it stands, so that answer is kept. Raises ValueError for a
    pattern that is none.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        sound = [line for line in lines if line.strip() and not line.startswith("#") and _is_sound(line)]
        self._anywhere, self._anywhere_at = _spec(sound, in_paths=False)
        self._in_paths, self._in_paths_at = _spec(sound, in_paths=True)
        self._known: dict[str, tuple[int, bool | None]] = {}

    def verdict(self, path: str) -> bool | None:
        """Whether the path is excluded; None: no pattern speaks of it. The last pattern that does decides."""
        name = path[path.rfind("/", 0, -1) + 1 :]
        known = self._known.get(name)
        if known is None:
            known = _check(self._anywhere, self._anywhere_at, name)
            if len(self._known) < _MAX_KNOWN:
                self._known[name] = known
        if not self._in_paths_at:
            return known[1]
        return max(known, _check(self._in_paths, self._in_paths_at, path), key=lambda found: found[0])[1]


def read_gitignore(text: str) -> IgnoreFile:
    """The patterns of a .gitignore. Raises ValueError."""
    return IgnoreFile(text.splitlines())


def read_dockerignore(text: str) -> IgnoreFile | None:
    """The patterns of a .dockerignore, which count from its folder; None where it excludes everything but a few exceptions: then it
    says what one image is made of, and nothing of the other folders. Raises ValueError.
    """
    lines = [line.strip() for line in text.splitlines()]
    if _EVERYTHING & set(lines):
        return None
    return IgnoreFile(filter(None, map(_as_gitignore, lines)))


def _as_gitignore(line: str) -> str:
    sign = "!" if line.startswith("!") else ""
    pattern = posixpath.normpath(line.removeprefix("!").strip() or ".").strip("/")
    if line.startswith("#") or pattern == ".":
        return ""
    anywhere = pattern.removeprefix("**/")
    return f"{sign}{anywhere}" if anywhere != pattern and "/" not in anywhere else f"{sign}/{pattern}"


def _spec(lines: list[str], *, in_paths: bool) -> tuple[GitIgnoreSpec, list[int]]:
    chosen = [(number, line) for number, line in enumerate(lines) if ("/" in line.strip().removeprefix("!")[:-1]) is in_paths]
    try:
        return GitIgnoreSpec.from_lines([line for _, line in chosen]), [number for number, _ in chosen]
    except re.error as error:
        raise ValueError(str(error)) from error


def _check(spec: GitIgnoreSpec, places: list[int], path: str) -> tuple[int, bool | None]:
    if not places:
        return -1, None
    found = spec.check_file(path)
    return (-1, None) if found.include is None or found.index is None else (places[found.index], found.include)


def _is_sound(pattern: str) -> bool:
    """Whether matching takes no time to speak of (each star of a part multiplies the ways to match a long name), and no set of
    characters holds what regular expressions may come to read as a set within a set.
    """
    if len(pattern) > _MAX_PATTERN or _ODD_SET.search(pattern):
        return False
    return all(len(re.findall(r"\*+", part)) <= _MAX_STARS for part in pattern.split("/")) and pattern.count("**") <= _MAX_STARS
