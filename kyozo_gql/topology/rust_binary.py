"""The binaries of a Rust package: which there are, which one is taken, and what its sources give away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.parsing import as_list, as_table, as_text
from kyozo_gql.topology.rust_libraries import default_features
from kyozo_gql.topology.sources import Hints, merge_hints, read_hints

_SERVES = re.compile(
    r"\bTcpListener::bind\((?!\s{0,8}\(?\s{0,4}\"[\w.:\[\]]{0,40}:0\")|\bHttpServer::new\(|\bServer::bind\(|\bwarp::serve\("
    r"|\brocket::(?:build|ignite|custom)\(|#\[(?:rocket::)?launch\]|\baxum::serve\(|\bServer::builder\(\)|\bServerBuilder::(?:default|new)\("
    r"|\bServer::http\(|\bstart_server\(|\bServer::new\(|#\[shuttle_runtime::main\]|\bcli::main::<|\bpoem::Server\b|\baxum_server::bind"
    r"|\bUdpSocket::bind\((?!\s{0,8}\(?\s{0,4}\"[\w.:\[\]]{0,40}:0\")|\btide::(?:new|with_state)\(|\bgotham::start|\btrillium_\w{2,10}::(?:run|config)\("
    r"|\bviz::serve\(|\brun_forever\(\)"
)
_DECLARED = re.compile(r"^\s{0,8}(?:pub(?:\([\w\s:]{1,20}\))?\s)?mod ([a-z_]\w{0,40});", re.MULTILINE)
_USED = re.compile(r"\b([a-z_]\w{0,60})::")
_TESTS = re.compile(r"^#\[cfg\(test\)\]\s{0,10}(?:pub )?mod \w{1,40} \{", re.MULTILINE)
_NAME = re.compile(r"^[A-Za-z_][\w-]{0,99}$")
_LIKELY = re.compile(
    r"serv|app|startup|start|http|web|api|rout|run|main|config|setting|lib|launch|rpc|net|listen|cli|arg|opt|cmd|command|daemon|boot"
)
_SUB_COMMANDS = re.compile(
    r"\bSubcommand\b|\.subcommands?\(|#\[(?:clap|command|arg|argh|structopt)\(subcommand|SubCommand::with_name"
)
_SERVE = r"serve|server|start-server|run-server|start_server|run_server|daemon|start|run|web|api|http|listen"
_BUILT_COMMAND = re.compile(
    rf"""\b(?:Sub)?Command::(?:new|with_name)\(\s{{0,8}}"({_SERVE})"|\bApp::new\(\s{{0,8}}"({_SERVE})"\)\s{{0,20}}\.about"""
)
_VARIANT = re.compile(
    r"^\s{4,12}(Serve|Server|StartServer|RunServer|Daemon|Start|Run|Web|Api|Http|Listen)\s{0,2}(?:[,({]|$)", re.MULTILINE
)
_PREFERRED = ("server", "api", "web", "app", "main", "service", "backend", "serve", "bot")
_LAST = re.compile(r"(?:^|[-_])(?:cli|migrate|migration|migrator|tool|gen|generate|seed|client|ctl|test|bench|example|xtask)$")
_SERVER_NAME = re.compile(r"(?:server|serve|service|api|daemon|gateway|agent|exporter|proxy|backend|web|worker|bot|[a-z]{2}d)$")
# How far a server is looked for in a crate: what sounds like one comes first.
_MAX_BINARIES = 10
_MAX_MODULES = 16


@dataclass(frozen=True, slots=True)
class Binary:
    """``served_in``: the file that opens the port, relative to the folder: a module of the binary or of the library beside it.

    ``own``: it is the binary's first file. ``sub_commands``: it has some; ``command``: the one that serves. ``firmware``: it runs
    without an operating system.
    """

    name: str
    file: str
    served_in: str | None = None
    hints: Hints = field(default_factory=Hints)
    own: bool = False
    sub_commands: bool = False
    command: str | None = None
    firmware: bool = False

    @property
    def is_called_server(self) -> bool:
        """Whether it is called as what keeps running."""
        return _SERVER_NAME.search(self.name) is not None


def find_binary(folder: Folder, cargo: dict[str, Any]) -> Binary | None:
    """default-run, else the binary that serves: that of the package's name, one called as a server, any other."""
    package = as_table(cargo.get("package"))
    name, wanted = as_text(package.get("name")) or "", as_text(package.get("default-run"))
    usable = [choice for choice in dict.fromkeys(_choices(folder, cargo, name)) if _NAME.match(choice[0])][:_MAX_BINARIES]
    if wanted:
        usable.sort(key=lambda choice: choice[0] != wanted)
        return examine(folder, *usable[0]) if usable else None
    found = [examine(folder, *choice) for choice in usable]

    def rank(binary: Binary) -> tuple[bool, bool, bool, int]:
        at = _PREFERRED.index(binary.name) if binary.name in _PREFERRED else len(_PREFERRED)
        return binary.served_in is None, _LAST.search(binary.name) is not None, binary.name != name, at

    return min(found, key=rank, default=None)


def _choices(folder: Folder, cargo: dict[str, Any], name: str) -> Iterator[tuple[str, str]]:
    """The name and the first file of each binary that a plain build makes."""
    package, enabled = as_table(cargo.get("package")), default_features(cargo)
    declared = [as_table(item) for item in as_list(cargo.get("bin"))]
    paths = []
    for item in declared:
        binary, path = as_text(item.get("name")) or name, as_text(item.get("path"))
        file = path or _usual_file(folder, binary, name)
        paths.append(file)
        if all(as_text(feature) in enabled for feature in as_list(item.get("required-features"))):
            yield binary, file
    if package.get("autobins") is False:
        return
    if folder.has("src/main.rs") and "src/main.rs" not in paths:
        yield name, "src/main.rs"
    if folder.has_folder("src"):
        for file in folder.tree.files(folder.locate("src/bin")):
            if file.endswith(".rs") and f"src/bin/{file}" not in paths:
                yield file.removesuffix(".rs"), f"src/bin/{file}"
        for place in folder.tree.subfolders(folder.locate("src/bin")):
            if folder.has(f"src/bin/{place}/main.rs") and f"src/bin/{place}/main.rs" not in paths:
                yield place, f"src/bin/{place}/main.rs"


def _usual_file(folder: Folder, binary: str, package: str) -> str:
    if binary == package or (not folder.has_folder("src") or not folder.has(f"src/bin/{binary}.rs")):
        inner = f"src/bin/{binary}/main.rs"
        return inner if binary != package and folder.has_folder("src") and folder.has(inner) else "src/main.rs"
    return f"src/bin/{binary}.rs"


def examine(folder: Folder, name: str, file: str) -> Binary:
    """A binary, with what its file and the modules around it give away."""
    served_in, hints, command, sub_commands = None, Hints(), None, False
    for source in _modules(folder, file):
        text = _TESTS.split(folder.read(source) or "", maxsplit=1)[0]
        hints = merge_hints(hints, read_hints(text))
        if served_in is None and _SERVES.search(text):
            served_in = source
        if _SUB_COMMANDS.search(text):
            sub_commands, command = True, command or _serving_command(text)
    firmware = "#![no_main]" in (folder.read(file) or "")
    return Binary(name, file, served_in, hints, served_in == file, sub_commands, command, firmware)


def _serving_command(text: str) -> str | None:
    """The sub-command that serves, as clap spells it."""
    built = [match[1] or match[2] for match in _BUILT_COMMAND.finditer(text)]
    variants = [re.sub(r"(?<!^)(?=[A-Z])", "-", match[1]).lower() for match in _VARIANT.finditer(text)]
    names = [*built, *(variants if "Subcommand" in text or "StructOpt" in text else [])]
    order = _SERVE.split("|")
    return min(names, key=order.index, default=None) if all(name in order for name in names) else None


def _modules(folder: Folder, file: str) -> list[str]:
    """The file of a binary, the library beside it, and the modules that they declare: those that sound like servers, bounded."""
    waiting = [file, *(["src/lib.rs"] if folder.has("src/lib.rs") else [])]
    found: list[str] = []
    while waiting and len(found) < _MAX_MODULES:
        source = waiting.pop(0)
        if source in found:
            continue
        found.append(source)
        names = [match[1] for match in _DECLARED.finditer(folder.read(source) or "")]
        names = [name for name in names if _LIKELY.search(name)] if len(found) < _MAX_MODULES // 2 else []
        waiting += [path for name in names for where in _places(source) for path in _files(where, name) if folder.has(path)]
    return found


def _places(source: str) -> tuple[str, ...]:
    """The folders that the modules which a file declares may be in."""
    place, _, last = source.rpartition("/")
    here = f"{place}/" if place else ""
    if last in {"main.rs", "lib.rs", "mod.rs"}:
        return (here,)
    return (
        (f"{here}{last.removesuffix('.rs')}/", here, "src/")
        if place.startswith("src/bin") or place == "src"
        else (f"{here}{last[:-3]}/",)
    )


def _files(place: str, name: str) -> tuple[str, str]:
    return f"{place}{name}.rs", f"{place}{name}/mod.rs"
