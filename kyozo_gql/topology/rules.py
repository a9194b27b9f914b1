"""Every rule by its name: what it says, and what it weighs. docs/detection.md is written from this.

A rule of ``Indicator`` is one of these, with one of the weights named here. One line an entry, by name within its section.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rule:
    """``weights``: what the rule adds to the sum of its rule set, −1 to 1; several where it depends on what is found."""

    weights: tuple[float, ...]
    says: str


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules of one service type, or (``title`` says which) those that every type shares."""

    title: str
    about: str
    rules: dict[str, Rule]


# fmt: off
_COMPOSE = {
    "compose.backing_only": Rule((-0.2,), "every service is a backing service (a database, a queue …) or a tool beside one, from an image: it may be meant for development"),
    "compose.builds": Rule((0.1,), "some service is built from a folder of the tree"),
    "compose.development": Rule((-0.9, -0.3, -0.1), "stands in a folder of a development container (−0.9), of tests or CI (−0.3), or of development (−0.1)"),
    "compose.legacy": Rule((-1.0,), "a file of version 1 of the format, without services:, which Compose does not read any more"),
    "compose.merged": Rule((0.0,), "another file that is read as a part of the stack: an override file, what is included or extended"),
    "compose.no_services": Rule((-0.5,), "no service runs by default"),
    "compose.note": Rule((0.0,), "keys of a service that have no effect here, or a port that can't be published"),
    "compose.nothing_to_run": Rule((-0.1,), "a service has neither image nor build"),
    "compose.other_file": Rule((0.0,), "a Compose file beside, which Compose does not read by itself"),
    "compose.problem": Rule((0.0,), "something in the files is not as the Compose Specification has it: a wrong type, a key that is there twice, what can't be included or extended"),
    "compose.profile": Rule((0.0,), "a service runs only in a profile, and is left out"),
    "compose.refused": Rule((0.0,), "a service asks of the host what is not allowed, or for what is not supported"),
    "compose.services": Rule((0.9,), "a Compose file with services to run"),
    "compose.unset": Rule((0.0,), "names variables that have no value"),
}

_DOCKERFILE = {
    "dockerfile.broken": Rule((-1.0, -0.2, -0.1), "no instruction at all, no FROM, or a line that is no instruction"),
    "dockerfile.command": Rule((0.1,), "CMD or ENTRYPOINT says what the container runs"),
    "dockerfile.context": Rule((-0.35,), "copies files that are not in this folder: it is built from another one"),
    "dockerfile.expose": Rule((0.1,), "EXPOSE names a port"),
    "dockerfile.no_command": Rule((-0.3,), "runs nothing: the last stage is a bare distribution without CMD or ENTRYPOINT"),
    "dockerfile.present": Rule((0.8,), "a Dockerfile that can be read"),
}

_GOLANG = {
    "golang.application": Rule((0.25,), "the main package opens a port"),
    "golang.command": Rule((-0.3,), "requires a library for command lines, and opens no port"),
    "golang.framework": Rule((0.2,), "go.mod requires a web framework directly"),
    "golang.library": Rule((-0.2,), "no main package"),
    "golang.main": Rule((0.2,), "a main package, of the folder or under cmd/"),
    "golang.manifest": Rule((0.35,), "go.mod"),
    "golang.version": Rule((0.0,), "the version that the go directive asks for"),
}

_NODEJS = {
    "nodejs.application": Rule((0.5,), "the entry file opens a port"),
    "nodejs.command": Rule((-0.3,), "bin: a program for the command line"),
    "nodejs.framework": Rule((0.15, 0.3), "depends on a web framework; more where a start script hides what it starts"),
    "nodejs.library": Rule((-0.3,), "keys that only a published package needs (exports, types, files …), without a framework"),
    "nodejs.manifest": Rule((0.3,), "package.json that can be read"),
    "nodejs.no_service": Rule((-0.8, -0.6), "a desktop or mobile application, or an extension of an editor"),
    "nodejs.other_application": Rule((-0.4,), "stands beside an application in another language, without a start script: it builds assets"),
    "nodejs.start": Rule((0.4,), "a start script that is no development server"),
    "nodejs.static": Rule((0.5,), "a front end that a build script makes"),
    "nodejs.version": Rule((0.0,), "the version of Node.js that is asked for"),
    "nodejs.workspace": Rule((-0.3,), "the root of several packages"),
}

_PROXY = {
    "proxy.beside": Rule((-0.5,), "an application stands in the same folder: the configuration is a part of how it is served"),
    "proxy.configuration": Rule((0.7,), "a configuration of nginx, Caddy, Traefik, HAProxy or Envoy that listens"),
    "proxy.part": Rule((-0.5,), "a Dockerfile or Compose file around takes the configuration, or it stands where machines are set up"),
    "proxy.upstreams": Rule((0.2,), "passes requests on"),
    "proxy.variables": Rule((0.0,), "a variable of the environment says where requests are passed to, or what is listened on"),
}

_PYTHON = {
    "python.application": Rule((0.6,), "an entry file makes an application object, or opens a port"),
    "python.command": Rule((-0.2,), "a built package that declares commands: a program for the command line"),
    "python.conda": Rule((-0.1,), "conda packages are not installed, only pip's"),
    "python.entry": Rule((0.2,), "a file with the name of an entry file"),
    "python.framework": Rule((0.15,), "depends on a web framework"),
    "python.library": Rule((-0.2,), "a built package without an application or an entry file"),
    "python.manifest": Rule((0.15, 0.3), "a manifest that can be read; less where it may only describe a package or an environment"),
    "python.version": Rule((0.0,), "the version of Python that is asked for"),
    "python.worker": Rule((0.3,), "an entry file of a program that uses a library for workers or bots"),
}

_RUST = {
    "rust.application": Rule((0.25,), "the binary opens a port"),
    "rust.command": Rule((-0.3,), "depends on a library for command lines, and opens no port"),
    "rust.framework": Rule((0.3,), "depends on a web framework"),
    "rust.library": Rule((-0.2,), "no binary"),
    "rust.main": Rule((0.2,), "a binary"),
    "rust.manifest": Rule((0.35,), "Cargo.toml with a package"),
    "rust.version": Rule((0.0,), "the tool chain that is asked for"),
    "rust.workspace": Rule((0.0,), "the root of a workspace, no package of its own"),
}

_SHARED = {
    "environment.example": Rule((0.0,), "an example of the environment names the variables that are wanted"),
    "fault": Rule((0.0,), "a file that a rule asked for can't be read or parsed, and why"),
    "place.aside": Rule((-0.3, -0.1), "stands in a folder of tests (−0.3), or of examples, templates or documentation (−0.1)"),
    "port.environment": Rule((0.1, 0.15), "listens on the port that PORT names"),
    "procfile.web": Rule((0.1, 0.5), "a Procfile names a web process"),
}
# fmt: on

RULE_SETS: dict[str, RuleSet] = {
    "compose": RuleSet("Compose stack", "`compose_stack`: a Compose file with services to run.", _COMPOSE),
    "dockerfile": RuleSet("Dockerfile", "`containerized`: a Dockerfile of the folder's own.", _DOCKERFILE),
    "golang": RuleSet("Go", "`golang`: a module with a main package.", _GOLANG),
    "rust": RuleSet("Rust", "`rust`: a Cargo package with a binary.", _RUST),
    "python": RuleSet("Python", "`python`: an application object, a server, or a manifest and an entry file.", _PYTHON),
    "nodejs": RuleSet("Node.js", "`nodejs`: a package.json with something to run, or an entry file that serves.", _NODEJS),
    "proxy": RuleSet("Proxy", "`proxy`: the configuration of a proxy as the heart of a folder.", _PROXY),
    "shared": RuleSet("Shared", "What every rule set may note.", _SHARED),
}
RULES: dict[str, Rule] = {name: rule for rule_set in RULE_SETS.values() for name, rule in rule_set.rules.items()}
