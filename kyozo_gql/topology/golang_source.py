"""What the sources of a Go package give away: that it opens a port, keeps running, and which sub-command serves."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from kyozo_gql.topology.sources import Hints, merge_hints, read_hints

# Not the port of the profiler, nor one that is chosen when it is opened (a client that waits to be called back).
_SERVES = re.compile(
    r"\bListenAndServe(?:TLS)?\((?!\s{0,4}\"(?:localhost|127\.0\.0\.1|0\.0\.0\.0)?:6060\")|\bhttp\.Serve(?:TLS)?\("
    r"|\b(?:net|tls)\.Listen\(\s{0,4}\"tcp[46]?\"(?!\s{0,4},\s{0,4}\"[\w.:\[\]]{0,40}:0\")|\bnet\.ListenTCP\("
    r"|\.Listen\(\s{0,4}[\w.()]{1,40},\s{0,4}\"tcp[46]?\"(?!\s{0,4},\s{0,4}\"[\w.:\[\]]{0,40}:0\")"
    r"|\bgrpc\.NewServer\(|\bMustNewServer\("
)
_SERVING_WORDS = ("Listen", "Serve", "NewServer")  # every alternative has one of them
_RUNS_FRAMEWORK = re.compile(
    r"\b(?:r|router|e|echo|engine|app|srv|svr|server|s|api|h|web|gin|g|beego|mux|rest)"
    r"\.(?:Run|RunTLS|Start|StartTLS|StartServer|StartAutoTLS|Listen|ListenTLS|Listener|Serve|Spin)\("
    r"(?!\s{0,4}(?:[\w.()]{1,40},\s{0,4})?os\.Args)"
    r"|\.(?:Run|Start|Listen)\(\s{0,4}(?:\":|\"0\.0\.0\.0:|\"localhost:|\"127\.0\.0\.1:|fmt\.Sprintf\(\s{0,4}\"[^\"\n]{0,40}:%"
    r"|(?:addr|address|port|cfg|conf|config)\b)"
)
_PROFILES = re.compile(r'"net/http/pprof"')
_OWN_HANDLER = re.compile(r"\bhttp\.Handle(?:Func)?\(|ListenAndServe(?:TLS)?\([^\n]{0,200},\s{0,4}(?!nil\b)\w[^\n]{0,80}\)")
# An endless select, a ticker, updates of a chat; and a function that waits for a channel in the end, which tools do as well.
_KEEPS_RUNNING = re.compile(
    r"\bselect\s{0,4}\{\s{0,4}\}|\bfor\s{1,4}range\s{1,4}[\w.]{0,40}(?:[tT]icker\b|[tT]ick\()|<-\s{0,4}\w{0,40}[tT]icker\.C"
    r"|\bSetupSignalHandler\(|\bStartBlocking\(|\bGetUpdatesChan\(|\bLongPolling\(|\bfor\s{1,4}update\s{0,4}:=\s{0,4}range\b"
    r"|\bInterruptCh\("
)
_KEEPING_WORDS = (
    "select {", "select{", "icker", "range time.", "update :=", "SignalHandler", "StartBlocking", "UpdatesChan", "LongPolling",
    "InterruptCh",
)  # fmt: skip
_WAITS = re.compile(r"^\t(?:\w{1,40}\s{0,4}:?=\s{0,4})?<-|\bsignal\.Notify(?:Context)?\(", re.MULTILINE)
_SERVE = r"serve|server|serve-http|http-server|start-server|run-server|api-server|webserver|httpd"
_STARTS = r"start|run|daemon|http|api|web|agent|listen"
_COMMAND = re.compile(rf"""\bUse:\s{{0,10}}["'](?:({_SERVE})|({_STARTS}))(?=[\s"'])""")
_NAMED = re.compile(rf"""\bCommand\{{\s{{0,40}}Name:\s{{0,10}}["']({_SERVE})["']""")
_FIELD = re.compile(r"""^\s{1,8}(Serve|Server)\s{1,20}[\w.*]{0,60}\s{1,20}`[^`\n]{0,200}\bcmd:""", re.MULTILINE)
_OF_ROOT = re.compile(r"\b\w{0,20}[rR]oot\w{0,20}\.AddCommand\(([^;{}]{0,1000})")
_COUNTED = re.compile(r"&(?:cobra|cli)\.Command\{")
# A file that is not built here: generators, tools, debugging, other systems.
_CONSTRAINT = re.compile(r"^//(?:go:build|\s?\+build)[ \t]{1,4}([^\n]{1,200})", re.MULTILINE)
_LEFT_OUT = re.compile(r"^\(?\s{0,2}(?:ignore|tools?|debug|profile|windows|darwin|js|wasm|wasip1|plan9|tinygo|generate)\b")
_HEAD = 4_000


@dataclass(frozen=True, slots=True)
class Traits:
    """``served_in``: the file that opens a port. ``command``: the sub-command that serves; ``commands``: how many there are.

    ``maybe``: a sub-command that may serve, where the root takes it. ``keeps_running``: it never ends by itself; ``waits``: it
    waits for something.
    """

    served_in: str | None = None
    hints: Hints = field(default_factory=Hints)
    command: str | None = None
    maybe: tuple[str, ...] = ()
    of_root: str = ""
    commands: int = 0
    keeps_running: bool = False
    waits: bool = False

    @property
    def serve_command(self) -> str | None:
        """The sub-command that serves; one of a general name only where the root command takes it."""
        if self.command:
            return self.command
        return next((name for name in self.maybe if re.search(rf"(?i)\b(?:new|cmd)?{name}(?:cmd|command)?\b", self.of_root)), None)


def is_built(text: str) -> bool:
    """Whether a file takes part in a build for Linux, by its build constraint."""
    match = _CONSTRAINT.search(text[:_HEAD].partition("\npackage ")[0])
    if match is None:
        return True
    choices = match[1].split("||") if "go:build" in match[0] else match[1].split()
    return not all(_LEFT_OUT.match(choice.strip()) for choice in choices)


def judge(texts: list[tuple[str, str]], *, framework: bool) -> Traits:
    """The traits of the files of one package. ``framework``: the module requires one, whose applications are run or started."""
    found = Traits()
    for file, text in texts:
        served_in = found.served_in or (file if opens_port(text, framework=framework) else None)
        found = replace(found, served_in=served_in, hints=merge_hints(found.hints, read_hints(text)))
        if "ommand" in text or "cmd:" in text:
            found = _add_commands(found, text)
        if served_in is None:  # what opens a port is asked no more
            keeps = found.keeps_running or (
                any(word in text for word in _KEEPING_WORDS) and _KEEPS_RUNNING.search(text) is not None
            )
            waits = found.waits or (("<-" in text or "signal.Notify" in text) and _WAITS.search(text) is not None)
            found = replace(found, keeps_running=keeps, waits=waits)
    return found


def _add_commands(found: Traits, text: str) -> Traits:
    named = [match for pattern in (_COMMAND, _NAMED) for match in pattern.finditer(text)]
    strong = next((match[1] for match in named if match[1]), None)
    kong = _FIELD.search(text)
    return replace(
        found,
        command=found.command or strong or (kong[1].lower() if kong else None),
        maybe=(*found.maybe, *(match[2] for match in named if not match[1])),
        of_root=found.of_root + " ".join(match[1] for match in _OF_ROOT.finditer(text)),
        commands=found.commands + len(_COUNTED.findall(text)),
    )


def opens_port(text: str, *, framework: bool) -> bool:
    """Whether the text of a file opens a port for others."""
    if any(word in text for word in _SERVING_WORDS) and _SERVES.search(text):
        return not (_PROFILES.search(text) and not _OWN_HANDLER.search(text))
    return framework and _RUNS_FRAMEWORK.search(text) is not None


def merge_traits(first: Traits, second: Traits) -> Traits:
    """The traits of a package and of one that it imports."""
    merged = replace(first, hints=merge_hints(first.hints, second.hints), served_in=first.served_in or second.served_in)
    return replace(
        merged,
        command=first.command or second.command,
        maybe=(*first.maybe, *second.maybe),
        of_root=f"{first.of_root} {second.of_root}",
        commands=first.commands + second.commands,
        keeps_running=first.keeps_running or second.keeps_running,
        waits=first.waits or second.waits,
    )
