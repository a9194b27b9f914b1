"""An application that stands in a Python file, and the folder that its module is imported from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum

from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.sources import Hints

_IMPORTS = re.compile(r"^[ \t]{0,20}(?:from|import) ([A-Za-z_]\w{0,60})", re.MULTILINE)
_RELATIVE = re.compile(r"^[ \t]{0,20}from \.", re.MULTILINE)
_MAX_IMPORTS = 100  # of one source
# A line at the margin that does something when the module is loaded or run.
_DOES = re.compile(
    r"^(?:if __name__\b|(?:while|for|with|async with|try)\b|(?:await )?(?:\w{1,60}\.){0,3}\w{1,60}\(|\w{1,60} = asyncio\.run\()",
    re.MULTILINE,
)


class Kind(Enum):
    """What a file does when it runs: answers over a port, keeps running without one, or neither that one could see."""

    WEB = "web"
    WORKER = "worker"
    ENTRY = "entry"


@dataclass(frozen=True, slots=True)
class Application:
    """``file``: where it stands. ``variable``: the application object, or a call of its factory. ``base``: the folder that its
    module is imported from ("" is the folder itself). ``packaged``: it runs only as a part of its package. ``main``: the
    package whose ``__main__`` starts what the file only defines. ``idle``: running the file does nothing, it only defines.
    ``running``: importing the file starts the server. ``command``: the command of the project that starts what the file only
    defines.
    """

    file: str
    framework: str | None = None
    variable: str | None = None
    kind: Kind = Kind.ENTRY
    base: str = ""
    packaged: bool = False
    main: str | None = None
    idle: bool = False
    running: bool = False
    command: str | None = None
    hints: Hints = field(default_factory=Hints)

    @property
    def serves(self) -> bool:
        """Whether it opens a port."""
        return self.kind is Kind.WEB

    @property
    def program(self) -> str:
        """What ``python -m`` is told to run."""
        return self.main or self.module

    @property
    def module(self) -> str:
        """The dotted name of the file, as seen from ``base``."""
        inner = self.file.removeprefix(f"{self.base}/") if self.base else self.file
        return inner.removesuffix(".py").removesuffix("/__init__").removesuffix("/__main__").replace("/", ".")


def is_idle(text: str) -> bool:
    """Whether running a module does nothing: it imports, defines and assigns."""
    return _DOES.search(text) is None


def imports_module(text: str, application: Application) -> bool:
    """Whether a text imports the module of an application."""
    stem = re.escape(application.module.rpartition(".")[2])
    pattern = (
        rf"^[ \t]{{0,20}}(?:from [\w.]{{0,100}}\b{stem} import|(?:from [\w.]{{1,100}} )?import (?:[\w., ]{{0,100}}\b)?{stem}\b)"
    )
    return re.search(pattern, text, re.MULTILINE) is not None


def borrows(folder: Folder, file: str, text: str, base: str) -> bool:
    """Whether a file in a sub-folder imports what stands above, in the folder that modules are imported from, and not beside it."""
    place = file.rpartition("/")[0]
    if not place or place == base:
        return False
    names = {match[1] for match, _ in zip(_IMPORTS.finditer(text), range(_MAX_IMPORTS), strict=False)}
    return any(_is_module(folder, base, name) and not _is_module(folder, place, name) for name in names)


def _is_module(folder: Folder, place: str, name: str) -> bool:
    path = folder.locate(place) if place else folder.path
    if f"{name}.py" in folder.tree.files(path):
        return True
    inner = f"{path}/{name}".removeprefix("/")
    return name in folder.tree.subfolders(path) and any(file.endswith(".py") for file in folder.tree.files(inner))


def place_module(folder: Folder, file: str, text: str) -> str:
    """The folder that the modules of a file are imported from, as its own imports tell.

    ``app/main.py`` that imports ``app.models`` (or ``.models``) is seen from the folder; one that imports ``models``, which stands
    beside it, from ``app``. What stands in ``src`` is seen from there, unless it imports ``src`` itself.
    """
    place = file.rpartition("/")[0]
    if not place:
        return ""
    names = {match[1] for match, _ in zip(_IMPORTS.finditer(text), range(_MAX_IMPORTS), strict=False)}
    top = place.partition("/")[0]
    outer = "src" if top == "src" and "src" not in names else ""
    if top in names:
        return ""
    inner = place.removeprefix("src/") if outer else place
    if _RELATIVE.search(text) and place != outer:
        return outer
    if inner.partition("/")[0] in names and place != outer:
        return outer
    if place == outer:
        return outer if not _RELATIVE.search(text) else ""
    beside = {name.removesuffix(".py") for name in folder.tree.files(folder.locate(place)) if name.endswith(".py")}
    beside |= set(folder.tree.subfolders(folder.locate(place)))
    around = folder.locate(outer) if outer else folder.path
    above = {name.removesuffix(".py") for name in folder.tree.files(around)} | set(folder.tree.subfolders(around))
    return place if (names & beside) - above else outer
