"""What a Python file makes, serves or keeps doing, as its text tells."""

from __future__ import annotations

import re

from kyozo_gql.topology import python_frameworks as known
from kyozo_gql.topology.python_project import PythonProject
from kyozo_gql.topology.python_signs import may_run
from kyozo_gql.topology.python_source import Application, Kind

# Of a long file, so many characters are looked at: what it makes stands at its start, what it runs at its end.
_START, _END = 70_000, 30_000


def judge(file: str, text: str, project: PythonProject) -> Application:
    """The application of a file; one of the kind ``ENTRY`` where it neither serves nor keeps running."""
    if len(text) > _START + _END:
        text = f"{text[:_START]}\n{text[-_END:]}"
    plain = not file.endswith(("wsgi.py", "asgi.py")) and not may_run(text)
    return Application(file) if plain else judge_closely(file, text, project)


def judge_closely(file: str, text: str, project: PythonProject) -> Application:
    """The same, whether or not the text has any of the signs that all of it needs."""
    assigned = list(known.ASSIGNED.finditer(text))
    for match in sorted(assigned, key=lambda match: match[2] != "Dash"):
        framework = known.CONSTRUCTED[match[2]]
        if framework == "dash":
            return Application(file, framework, _dash_server(text, assigned) or f"{match[1]}.server", Kind.WEB)
        return Application(file, framework, match[1], Kind.WORKER if framework in known.WORKERS.values() else Kind.WEB)
    for pattern, framework in ((known.DJANGO_OBJECT, "django"), (known.FASTHTML, "fasthtml"), (known.PYRAMID, "pyramid")):
        if match_ := pattern.search(text):
            return Application(file, framework, match_[1], Kind.WEB)
    if falcon := known.FALCON.search(text):
        return Application(file, "falcon-asgi" if falcon[2] else "falcon", falcon[1], Kind.WEB)
    return _judge_object(file, text) or _judge_factory(file, text, project) or _judge_calls(file, text, project)


def _dash_server(text: str, assigned: list[re.Match[str]]) -> str | None:
    """The name that the application of Flask behind Dash has in a text; None where it has none of its own."""
    flask = {match[1] for match in assigned if match[2] == "Flask"}
    for match in known.DASH_SERVER.finditer(text):
        if match[2] or match[1] in flask:
            return match[2] or match[1]
    return None


def _judge_object(file: str, text: str) -> Application | None:
    """An object that only the imports of the file tell the framework of."""
    modules = {match[1] for match in known.IMPORTED_MODULE.finditer(text)}
    for framework, pattern in known.OBJECTS.items():
        if not modules.isdisjoint(known.OBJECT_MODULES.get(framework, {framework})) and (match := pattern.search(text)):
            kind = Kind.WORKER if framework in known.WORKERS.values() else Kind.WEB
            return Application(file, framework, match[1], kind)
    return None


def _judge_factory(file: str, text: str, project: PythonProject) -> Application | None:
    """An application that a factory makes: the object that it is assigned to, one that is imported, or the factory itself."""
    framework = next((known.WEB[name] for name in known.WEB if name in project.dependencies), None)
    framework = framework if framework in known.ASGI | known.WSGI else None
    mentioned = next((known.CONSTRUCTED[match[1]] for match in known.MENTIONED.finditer(text)), None)
    called = known.FACTORY_CALL.search(text)
    if called and (mentioned or framework):
        return Application(file, mentioned or framework, called[1], Kind.WEB)
    for factory in known.FACTORY.finditer(text):
        if mentioned in known.ASGI | known.WSGI and _is_callable(factory[2]):
            return Application(file, mentioned, f"{factory[1]}()", Kind.WEB)
    imported = known.IMPORTED.search(text)
    named = file.rpartition("/")[2] in {"wsgi.py", "asgi.py"}
    if imported and framework and (named or known.RUNS_ITSELF.search(text)):
        return Application(file, framework, imported[2], Kind.WEB)
    return None


def _is_callable(parameters: str) -> bool:
    """Whether a factory can be called without arguments."""
    names = [part.strip() for part in re.sub(r"\[[^\]]{0,200}\]", "", parameters).split(",")]
    return all("=" in name or name.startswith("*") for name in names if name)


def _judge_calls(file: str, text: str, project: PythonProject) -> Application:
    """A file that serves, or keeps running, by what it calls."""
    signs = known.SERVES_SIGNS
    served = next(
        (name for name, pattern in known.SERVES.items() if (name not in signs or signs[name] in text) and pattern.search(text)),
        None,
    )
    if served or known.IMPORT_STRING.search(text) or (known.RUNS_ITSELF.search(text) and not known.ATTENDED.search(text)):
        return Application(file, served, kind=Kind.WEB)
    return _judge_worker(file, text, project) or Application(file)


def _judge_worker(file: str, text: str, project: PythonProject) -> Application | None:
    """A file that keeps running without a port; a loop says nothing where somebody sits before it."""
    settings = known.ARQ_SETTINGS.search(text) if "arq" in project.dependencies else None
    if settings and settings[1].endswith("Settings"):
        return Application(file, "arq", settings[1], Kind.WORKER)
    signs = {
        "dramatiq": "@dramatiq.actor" in text,
        "taskiq": re.search(r"^broker\s?[:=]", text, re.MULTILINE),
        "nameko": known.NAMEKO.search(text),
    }
    marked = next((name for name, sign in signs.items() if sign and name in project.dependencies), None)
    keeps = any(sign in text for sign in known.KEEPS_RUNNING_SIGNS) and known.KEEPS_RUNNING.search(text)
    if marked or keeps or (known.LOOPS.search(text) and not known.ATTENDED.search(text)):
        return Application(file, marked or _find_worker(text, project), kind=Kind.WORKER)
    return None


def _find_worker(text: str, project: PythonProject) -> str | None:
    """The library of a worker: the one that it imports, else the first that the project depends on."""
    modules = [match[1] for match in known.IMPORTED_MODULE.finditer(text)]
    imported = next((known.MODULES[name] for name in modules if name in known.MODULES), None)
    listed = [known.WORKERS[name] for name in known.WORKERS if name in project.dependencies]
    # py-cord has the module of discord.py.
    if imported and not ("discord" in modules and "py-cord" in listed):
        return imported
    return next(iter(listed), None)
