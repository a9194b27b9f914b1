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
    "compose.job": Rule((0.0,), "a service is a job: it runs once, to success, and others wait for its end, or its deploy.mode says so"),
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
    "dockerfile.apart": Rule((0.0,), "stands in a packaging folder, or has a name of its own (Dockerfile.prod), and builds this folder, where no language rule knows it"),
    "dockerfile.around": Rule((0.0,), "copies files of a folder around and of its own: it is built from the one around, as in a monorepo"),
    "dockerfile.broken": Rule((-1.0, -0.2, -0.1), "no instruction at all, no FROM, or a line that is no instruction"),
    "dockerfile.command": Rule((0.1,), "CMD or ENTRYPOINT says what the container runs"),
    "dockerfile.context": Rule((-0.6, -0.35, -0.1), "copies files that are not in this folder: it is built from another one (most in a packaging folder), or, at the root, after something else"),
    "dockerfile.development": Rule((-0.5,), "an image to develop or to test in: its base or its folder is made for that, or it only runs a shell"),
    "dockerfile.expose": Rule((0.1,), "EXPOSE names a port"),
    "dockerfile.health": Rule((0.0,), "HEALTHCHECK says how health is asked for"),
    "dockerfile.no_command": Rule((-0.4,), "runs nothing: the last stage is a bare distribution, the tools of a language, or what a variable names, without CMD or ENTRYPOINT"),
    "dockerfile.packaging": Rule((-0.8,), "stands in a packaging folder, without an application of its own there, and builds a folder around, which is the service or not"),
    "dockerfile.present": Rule((0.8,), "a Dockerfile that can be read"),
    "dockerfile.tool": Rule((-0.5, -0.3), "the image of a program for the command line, of an action of GitHub, or of a system that machines boot from; less where only the rules of a language say that it is a command"),
}

_GOLANG = {
    "golang.application": Rule((0.25,), "the main package, or a package that it imports, opens a port"),
    "golang.bare": Rule((0.25,), "a main package that opens a port, without a go.mod: from before modules"),
    "golang.command": Rule((-0.6, -0.4, -0.3, -0.2), "requires a library for command lines or the terminal and opens no port, or opens one without a sub-command that serves; less for a program that requires nothing and opens no port"),
    "golang.framework": Rule((0.2,), "go.mod requires a web framework directly"),
    "golang.library": Rule((-0.2,), "no main package"),
    "golang.main": Rule((0.2,), "a main package, of the folder, under cmd/, or in another folder of the module"),
    "golang.manifest": Rule((0.35,), "go.mod"),
    "golang.no_service": Rule((-0.8,), "requires what makes it a desktop application, a game, or a plugin of another program"),
    "golang.program": Rule((-0.15,), "a server or worker beside the first program of the module around, which has no Dockerfile or Compose file: a service with a path of its own"),
    "golang.version": Rule((0.0,), "the version that is asked for: an override, .go-version, .tool-versions, mise.toml, the toolchain directive, the go directive"),
    "golang.worker": Rule((0.1, 0.25), "requires a library for bots, queues, schedules or controllers and opens no port; more where it waits for what happens, or is called a worker"),
}

_NODEJS = {
    "nodejs.application": Rule((0.5,), "the entry file, or a file that it imports, opens a port"),
    "nodejs.command": Rule((-0.3,), "bin: a program for the command line; also one that serves, where it is published and nothing else starts it"),
    "nodejs.delegates": Rule((-0.5,), "the start script only starts members of the workspace, or a package in a folder below"),
    "nodejs.example": Rule((-0.8,), "a published package with a main file of its own, which only starts an example"),
    "nodejs.framework": Rule((0.0, 0.15, 0.3, 0.4), "depends on a web framework; more where a start script hides what it starts, most for one that builds and starts itself"),
    "nodejs.library": Rule((-0.8, -0.5, -0.3), "keys that only a published package needs (exports, types, files …), and no server; more where main opens a port that no script or Procfile starts, most where it exports something"),
    "nodejs.manifest": Rule((0.3,), "package.json that can be read"),
    "nodejs.no_service": Rule((-0.8, -0.6), "a desktop or mobile application, functions of a cloud (also by serverless.yml, wrangler.toml, host.json …), an action, or an extension of an editor or browser"),
    "nodejs.nx": Rule((-0.3, 0.3), "project.json of Nx, and what it builds: an application; less than nothing for tests from end to end"),
    "nodejs.other_application": Rule((-0.4,), "stands beside an application in another language, without a start script, beside a library of Python, or in a package of Python that is published: it builds assets"),
    "nodejs.output": Rule((0.0,), "a configuration says what the framework builds to: a standalone server, the adapter, the default project"),
    "nodejs.plugin": Rule((-0.5,), "a package whose user brings the framework (peerDependencies), or that is named as a plugin of one"),
    "nodejs.published": Rule((0.0,), "a published command that starts a server: the package says so of itself, and depends on what serves"),
    "nodejs.start": Rule((0.25, 0.4), "a script that is no development server starts it; less where no port was seen to be opened"),
    "nodejs.static": Rule((0.5,), "a front end that a build makes"),
    "nodejs.tool": Rule((-0.5,), "a published package that makes projects or works on them, by its name (create-…, generator-…, …-cli)"),
    "nodejs.version": Rule((0.0,), "the version of Node.js that is asked for: an override, .nvmrc, .node-version, .tool-versions, mise.toml, volta, devEngines, engines"),
    "nodejs.worker": Rule((0.3,), "the entry file opens no port and keeps running (a bot, a consumer, a schedule)"),
    "nodejs.workspace": Rule((-0.3,), "the root of several packages"),
}

_PROXY = {
    "proxy.beside": Rule((-0.5,), "an application stands in the same folder: the configuration is a part of how it is served"),
    "proxy.configuration": Rule((0.7,), "a configuration of nginx, Caddy, Traefik, HAProxy or Envoy that listens"),
    "proxy.part": Rule((-0.5,), "a Dockerfile or Compose file around takes the configuration, or it stands where machines are set up (a role of Ansible, etc/, somebody's dotfiles)"),
    "proxy.template": Rule((-0.5,), "holds the markers of a template that another program fills in (`{{`, `{%`, `<%`)"),
    "proxy.upstreams": Rule((0.2,), "passes requests on"),
    "proxy.variables": Rule((0.0,), "a variable of the environment says where requests are passed to, or what is listened on"),
}

_PYTHON = {
    "python.application": Rule((0.6,), "an entry file makes an application object, or opens a port"),
    "python.command": Rule((-0.3, -0.2), "declares commands, asks for arguments or input, or says that it is for the console; a published program that serves, and declares commands, counts as well"),
    "python.entry": Rule((0.1,), "a file with the name of an entry file"),
    "python.extension": Rule((-0.7,), "a built package that is named as the extension of a framework"),
    "python.framework": Rule((0.0, 0.15), "depends on a web framework; nothing for one that clients depend on as well"),
    "python.library": Rule((-0.5, -0.2), "published as a library, or a server that a package defines and never starts; less for a built package without an entry file"),
    "python.manifest": Rule((0.15, 0.3), "a manifest that can be read; less where it may only describe a package"),
    "python.notebooks": Rule((-0.2,), "stands among notebooks"),
    "python.part": Rule((-0.6,), "a Django site whose dependencies are listed in the folder around it, which is the service; or a folder of the package that one around it builds"),
    "python.program": Rule((0.5,), "a built package that declares commands, serves or keeps running, and calls itself a server, a daemon, a bot or a web application"),
    "python.published": Rule((-0.7, -0.5), "is published for developers, for the console or to extend a framework, and what was found lies in the package; more for a framework itself"),
    "python.version": Rule((0.0,), "the version of Python that is asked for: an override, .python-version, runtime.txt, .tool-versions, mise.toml, the manifest"),
    "python.worker": Rule((0.3, 0.5), "an entry file that keeps running without a port, or of a program that depends on a library for workers or bots"),
}

_RUST = {
    "rust.application": Rule((0.25,), "the binary, a module that it declares, or a package of the tree that it depends on, opens a port"),
    "rust.command": Rule((-0.7, -0.4, -0.3, -0.2), "depends on a library for command lines or the terminal and opens no port, or opens one without a sub-command that serves; less for a program that depends on no framework"),
    "rust.framework": Rule((0.3,), "depends on a web framework"),
    "rust.front_end": Rule((0.45,), "a front end of WebAssembly that Trunk or dx builds: Trunk.toml, a page for Trunk, or Dioxus.toml"),
    "rust.library": Rule((-0.2,), "no binary"),
    "rust.main": Rule((0.2,), "a binary"),
    "rust.manifest": Rule((0.35,), "Cargo.toml with a package"),
    "rust.no_service": Rule((-0.6,), "depends on what makes it a desktop application, a game, firmware, a macro or a module of another language"),
    "rust.version": Rule((0.0,), "the version that is asked for: an override, rust-toolchain(.toml), .tool-versions, mise.toml, rust-version"),
    "rust.worker": Rule((0.2,), "depends on a library for bots, queues or schedules"),
    "rust.workspace": Rule((0.0,), "the root of a workspace, no package of its own"),
}

_SHARED = {
    "environment.example": Rule((0.0,), "an example of the environment names the variables that are wanted"),
    "environment.source": Rule((0.0,), "a source file can't do without some variables of the environment"),
    "fault": Rule((0.0,), "a file that a rule asked for can't be read or parsed, or a bound left something out: why, and the setting"),
    "place.aside": Rule((-0.9, -0.6, -0.2), "stands in a folder of tests, or one whose name a template has yet to fill in (−0.9), or of a project's examples, demonstrations or templates (−0.6) or documentation (−0.2)"),
    "place.embedded": Rule((-0.6,), "another program serves what a folder of Node.js builds: a Go module embeds it, its build is written into another project, or it is a stage of the image around that runs something else"),
    "place.foreign": Rule((-0.4,), "stands beside an application of an ecosystem that is not run here (PHP, Ruby, Java, .NET, Elixir, Deno …): it only helps that"),
    "platform.start": Rule((0.3,), "render.yaml, railway.json, railway.toml or nixpacks.toml names the command that starts the folder (Python)"),
    "port.environment": Rule((0.1, 0.15), "listens on the port that PORT names"),
    "port.source": Rule((0.0,), "the source names the port, or the one that is taken where PORT names none"),
    "procfile.development": Rule((0.0,), "a Procfile starts a server for development, and a better command is known"),
    "procfile.web": Rule((0.1, 0.5), "a Procfile names a web process"),
    "procfile.worker": Rule((0.1, 0.5), "a Procfile names no web process, but a worker"),
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
