"""What the dependencies of a Rust package say of it: a web framework, a program for the command line, a worker, no service."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from kyozo_gql.topology.parsing import as_list, as_table, as_text

# Ahead of the others: what contains them. Loco and Leptos run on axum, axum and warp on hyper.
_FRAMEWORKS = {
    "loco-rs": "loco", "leptos_axum": "leptos", "leptos_actix": "leptos", "dioxus": "dioxus",
    "rocket": "rocket", "actix-web": "actix", "poem": "poem", "salvo": "salvo", "axum": "axum", "warp": "warp", "tide": "tide",
    "ntex": "ntex", "gotham": "gotham", "thruster": "thruster", "viz": "viz", "trillium": "trillium", "rwf": "rwf",
    "pingora": "pingora", "tonic": "tonic", "jsonrpsee": "jsonrpsee", "tiny_http": "tiny_http", "rouille": "rouille",
    "iron": "iron", "nickel": "nickel", "hyper": "hyper",
}  # fmt: skip
CLIENTS_TOO = frozenset({"tonic", "hyper", "dioxus", "jsonrpsee"})
_COMMAND_LINE = ("clap", "structopt", "argh", "dialoguer", "pico-args", "bpaf", "lexopt", "gumdrop", "docopt", "inquire")
_TERMINAL = ("ratatui", "tui", "cursive", "crossterm", "termion", "rustyline", "reedline")
_NO_SERVICES = {
    **dict.fromkeys(
        ("tauri", "egui", "eframe", "iced", "gtk", "gtk4", "relm4", "libadwaita", "slint", "winit", "druid", "fltk", "gpui",
         "dioxus-desktop", "web-view", "wry", "cacao", "freya", "xilem"),
        "a desktop application",
    ),
    **dict.fromkeys(("bevy", "macroquad", "ggez", "sdl2", "piston", "raylib", "amethyst", "godot", "fyrox"), "a game"),
    **dict.fromkeys(
        ("embassy-executor", "cortex-m", "cortex-m-rt", "esp-hal", "esp-idf-svc", "esp-idf-sys", "riscv-rt", "rp2040-hal",
         "avr-device", "panic-halt", "rtic"),
        "firmware",
    ),
    **dict.fromkeys(
        ("cosmwasm-std", "solana-program", "anchor-lang", "near-sdk", "soroban-sdk", "stylus-sdk", "ink"), "a contract of a chain"
    ),
    **dict.fromkeys(
        ("lambda_runtime", "lambda_http", "vercel_runtime", "worker", "spin-sdk", "fastly"), "a function of a cloud"
    ),
    **dict.fromkeys(("tower-lsp", "tower-lsp-server", "lsp-server", "async-lsp"), "a language server of an editor"),
    "pyo3": "a module for Python", "napi": "a module for Node.js", "neon": "a module for Node.js", "pgrx": "a part of PostgreSQL",
    "zed_extension_api": "an extension of an editor", "extism-pdk": "a plugin", "libfuzzer-sys": "a test", "proc-macro2": "a macro",
}  # fmt: skip
_BROWSERS = ("webbrowser", "open", "opener")
_WORKERS = (
    "serenity", "poise", "teloxide", "twilight-gateway", "songbird", "frankenstein", "grammers-client", "matrix-sdk", "irc",
    "twitch-irc", "slack-morphism", "apalis", "fang", "rusty-sidekiq", "rdkafka", "rskafka", "pulsar", "lapin", "amqprs",
    "async-nats", "rumqttc", "paho-mqtt", "tokio-cron-scheduler", "clokwerk", "job_scheduler", "kube",
)  # fmt: skip
_FRONT_ENDS = {"yew": "yew", "leptos": "leptos", "dioxus": "dioxus", "sycamore": "sycamore", "seed": "seed", "perseus": "perseus"}
_FEATURE = re.compile(r"^(?:dep:)?([\w-]{1,100})\??(?:/.*)?$")
_MAX_FEATURES = 200  # of one crate, which may ask for one another


def dependencies_of(cargo: dict[str, Any]) -> frozenset[str]:
    """The crates that a package is built with, for any target, by their own names; optional ones by its default features."""
    tables = [as_table(cargo.get("dependencies"))]
    tables += [as_table(as_table(target).get("dependencies")) for target in as_table(cargo.get("target")).values()]
    enabled = default_features(cargo)
    found = set()
    for table in tables:
        for name, value in table.items():
            if as_table(value).get("optional") is not True or name in enabled:
                found.add(as_text(as_table(value).get("package")) or name)
    return frozenset(found)


def default_features(cargo: dict[str, Any]) -> frozenset[str]:
    """The features that are on where nothing else is asked for, and the optional dependencies that they bring."""
    features = as_table(cargo.get("features"))
    waiting, found = ["default"], set[str]()
    while waiting and len(found) < _MAX_FEATURES:
        name = waiting.pop()
        if name in found:
            continue
        found.add(name)
        waiting += [match[1] for item in as_list(features.get(name)) if (match := _FEATURE.match(as_text(item) or ""))]
    return frozenset(found)


def framework_of(dependencies: frozenset[str], *, serves: bool) -> str | None:
    """The web framework among the dependencies; what clients depend on as well counts only for a program that ``serves``."""
    found = (name for library, name in _FRAMEWORKS.items() if library in dependencies)
    return next((name for name in found if serves or name not in CLIENTS_TOO), None)


def front_end_of(dependencies: frozenset[str]) -> str | None:
    """The framework for front ends of WebAssembly."""
    return next((name for library, name in _FRONT_ENDS.items() if library in dependencies), None)


def command_line_of(dependencies: Iterable[str]) -> str | None:
    """A library for arguments and sub-commands."""
    return _first(_COMMAND_LINE, dependencies)


def browser_of(dependencies: Iterable[str]) -> str | None:
    """A library that opens a browser for who sits at the machine."""
    return _first(_BROWSERS, dependencies)


def terminal_of(dependencies: Iterable[str]) -> str | None:
    """A library that talks with who sits at the terminal."""
    return _first(_TERMINAL, dependencies)


def worker_of(dependencies: Iterable[str]) -> str | None:
    """A library for bots, queues or schedules."""
    return _first(_WORKERS, dependencies)


def no_service_of(dependencies: Iterable[str]) -> str | None:
    """What the dependencies make of the package that is no service."""
    listed = frozenset(dependencies)
    return next((kind for library, kind in _NO_SERVICES.items() if library in listed), None)


def _first(names: Iterable[str], dependencies: Iterable[str]) -> str | None:
    listed = frozenset(dependencies)
    return next((name for name in names if name in listed), None)
