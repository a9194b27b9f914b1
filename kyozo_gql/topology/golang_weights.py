"""How much speaks for a Go module being a service."""

from __future__ import annotations

from dataclasses import dataclass

from kyozo_gql.topology.folder import Finding, Folder
from kyozo_gql.topology.golang_libraries import browser_of, command_line_of, framework_of, no_service_of, terminal_of, worker_of
from kyozo_gql.topology.golang_main import MainPackage

_MANY_PROGRAMS = 10  # a module with more main packages than these, and no framework, is a box of tools
# A program with more sub-commands than these is one for the command line that can serve as well; with one that serves, than these.
_MAX_COMMANDS, _MAX_BESIDE_SERVE = 8, 15


@dataclass(frozen=True, slots=True)
class Program:
    """The main package that is taken of ``count``, and what the module requires ``direct``ly; ``beside``: it is not its first.

    ``manifest``: the file that says what is required.
    """

    direct: frozenset[str]
    main: MainPackage | None
    count: int
    beside: bool = False
    manifest: str = "go.mod"

    @property
    def libraries(self) -> frozenset[str]:
        """What the module requires, and what the program imports."""
        return self.direct | self.main.imports if self.main else self.direct

    @property
    def own(self) -> frozenset[str]:
        """The libraries of this program: of several, those that it imports, because others may require the rest."""
        return self.main.imports if self.main and self.count > 1 else self.libraries

    @property
    def serves(self) -> bool:
        """Whether it opens a port."""
        return self.main is not None and self.main.serves

    @property
    def framework(self) -> str | None:
        """The web framework that it requires."""
        return framework_of(self.libraries, serves=self.serves)


def weigh_program(finding: Finding, folder: Folder, program: Program) -> None:
    """Adds to the evidence what the main package and its libraries say."""
    found = finding.indicators
    other = no_service_of(program.own if program.serves else program.libraries, serves=program.serves)
    if other:
        found.append(folder.indicate(program.manifest, "golang.no_service", -0.8, f"what it requires makes it {other}"))
    main = program.main
    if main is None:
        found.append(folder.indicate(program.manifest, "golang.library", -0.2, "no main package: a library"))
        return
    others = f"; {program.count - 1} more main packages" if program.count > 1 else ""
    found.append(folder.indicate(main.file, "golang.main", 0.2, f"holds the main package{others}"))
    if program.framework:
        found.append(folder.indicate(program.manifest, "golang.framework", 0.2, f"requires {program.framework}"))
    if main.traits.served_in:
        found.append(folder.indicate(main.traits.served_in, "golang.application", 0.25, "opens a port"))
        _weigh_server(finding, folder, program, main)
    else:
        _weigh_other(finding, folder, program, main)


def _weigh_server(finding: Finding, folder: Folder, program: Program, main: MainPackage) -> None:
    """A program that opens a port, which a tool may do as well: to be called back, or as one of its many sub-commands."""
    found = finding.indicators
    if main.traits.hints.reads_port:
        found.append(folder.indicate(main.file, "port.environment", 0.1, "listens on the port that PORT names"))
    terminal, tool = terminal_of(program.own), command_line_of(program.own)
    if program.framework is None and program.count > _MANY_PROGRAMS:
        found.append(folder.indicate(program.manifest, "golang.command", -0.4, f"{program.count} programs: a collection of tools"))
        return
    browser = browser_of(program.own)
    if browser and not main.is_called_server:
        detail = f"requires {browser}: shows what it serves in a browser of the same machine"
        found.append(folder.indicate(program.manifest, "golang.command", -0.4, detail))
        return
    if terminal and program.framework in {None, "grpc"}:
        detail = f"requires {terminal}: a program for the terminal, which opens a port"
        found.append(folder.indicate(program.manifest, "golang.command", -0.6 if program.framework else -0.4, detail))
        return
    serves = main.traits.serve_command and main.traits.commands <= _MAX_BESIDE_SERVE
    if tool and not serves and not main.is_called_server and not (program.framework and main.traits.commands <= _MAX_COMMANDS):
        detail = f"requires {tool}: a program for the command line, which opens a port"
        weight = -0.2 if main.own.served_in else -0.6 if program.framework else -0.4
        found.append(folder.indicate(program.manifest, "golang.command", weight, detail))


def _weigh_other(finding: Finding, folder: Folder, program: Program, main: MainPackage) -> None:
    """A program that was not seen to open a port: a worker keeps running, anything else ends."""
    found = finding.indicators
    tool = terminal_of(program.own) or command_line_of(program.own)
    worker = worker_of(program.own)
    waits = main.traits.keeps_running or main.traits.waits
    if worker and (waits or not tool):
        keeps = waits or main.is_called_worker
        detail = f"requires {worker}: keeps running" if keeps else f"requires {worker}"
        found.append(folder.indicate(program.manifest, "golang.worker", 0.25 if keeps else 0.1, detail))
    elif main.is_called_worker and waits and not tool:
        found.append(folder.indicate(main.file, "golang.worker", 0.25, "is called a worker, and waits: keeps running"))
    elif tool and not (program.framework and main.traits.serve_command):
        found.append(folder.indicate(program.manifest, "golang.command", -0.3, f"requires {tool}: a program for the command line"))
    elif program.framework is None and not main.traits.keeps_running:
        found.append(folder.indicate(main.file, "golang.command", -0.2, "opens no port and waits for nothing: a program that ends"))
