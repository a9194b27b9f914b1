"""The files that say what a folder is: the one table of them, by what they are of."""

from __future__ import annotations

# Of the ecosystems that are run here.
_OWN = {
    "package.json": "Node.js", "project.json": "Node.js", "pyproject.toml": "Python", "setup.py": "Python", "setup.cfg": "Python",
    "requirements.txt": "Python", "Pipfile": "Python", "manage.py": "Python", "environment.yml": "Python", "pixi.toml": "Python",
    "go.mod": "Go", "Cargo.toml": "Rust",
}  # fmt: skip
# Of those that are not.
FOREIGN = {
    "composer.json": "PHP", "Gemfile": "Ruby", "pom.xml": "Java", "build.gradle": "Java", "build.gradle.kts": "Kotlin",
    "build.sbt": "Scala", "mix.exs": "Elixir", "rebar.config": "Erlang", "deno.json": "Deno", "deno.jsonc": "Deno",
    "pubspec.yaml": "Dart", "shard.yml": "Crystal", "stack.yaml": "Haskell", "project.clj": "Clojure", "deps.edn": "Clojure",
    "Package.swift": "Swift", "cpanfile": "Perl", "Makefile.PL": "Perl", "CMakeLists.txt": "C++", "gleam.toml": "Gleam",
    "build.zig": "Zig", "dune-project": "OCaml",
}  # fmt: skip
# What a project is made by.
PROJECTS = frozenset({*_OWN, *FOREIGN})
# How a folder is run, whatever it is written in.
RUNS = frozenset(
    {
        "Procfile", "Dockerfile", "Containerfile", "compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml",
    }
)  # fmt: skip
