"""Django: its manage.py, its settings, and the module that a server loads."""

from __future__ import annotations

import re

from kyozo_gql.topology.folder import Folder
from kyozo_gql.topology.python_project import PythonProject
from kyozo_gql.topology.python_source import Application, Kind
from kyozo_gql.topology.sources import read_hints

_SETTINGS = re.compile(r"""DJANGO_SETTINGS_MODULE["'],\s{0,20}["']([A-Za-z_][\w.]{0,99})["']""")
_ASGI_SERVERS = frozenset({"channels", "daphne", "uvicorn", "hypercorn"})
_MAX_PACKAGES = 20  # that may hold the settings, in order of their names

_ASIDE = frozenset({"tests", "test", "example", "examples", "demo", "docs"})


def find_django(folder: Folder, project: PythonProject) -> Application | None:
    """The Django site of a folder: its manage.py here, or one folder below where the dependencies are listed here."""
    place = _find_place(folder, project)
    if place is None:
        return _find_settings(folder, project)
    text = folder.read(f"{place}manage.py") or ""
    if "django" not in text.lower() and "django" not in project.dependencies:
        return None
    module = _find_module(folder, project, place, _SETTINGS.search(text))
    urls = _read_urls(folder, place, module)
    return Application(
        f"{place}manage.py",
        "django",
        module,
        Kind.WEB,
        base=place.rstrip("/"),
        hints=read_hints(urls) if urls else read_hints(text),
    )


def _find_place(folder: Folder, project: PythonProject) -> str | None:
    if folder.has("manage.py"):
        return ""
    if project.manifest is None or "django" not in project.dependencies:
        return None
    found = [
        name
        for name in folder.tree.subfolders(folder.path)[:_MAX_PACKAGES]
        if folder.has(f"{name}/manage.py") and name not in _ASIDE
    ]
    own = ("requirements.txt", "pyproject.toml", "Pipfile")
    return f"{found[0]}/" if len(found) == 1 and not any(folder.has(f"{found[0]}/{name}") for name in own) else None


def _find_settings(folder: Folder, project: PythonProject) -> Application | None:
    """The settings of a site without manage.py and a module for a server: Django makes its application from them alone."""
    if "django" not in project.dependencies:
        return None
    for base in ("", *folder.tree.subfolders(folder.path)[:_MAX_PACKAGES]):
        for package in folder.tree.subfolders(folder.locate(base) if base else folder.path)[:_MAX_PACKAGES]:
            place = f"{base}/{package}" if base else package
            if _ASIDE & {base, package} or not folder.has(f"{place}/urls.py") or _has_server(folder, place):
                continue
            if "ROOT_URLCONF" in (folder.read(f"{place}/settings.py") or ""):
                return _site_of(folder, base, place)
    return None


def _has_server(folder: Folder, place: str) -> bool:
    return folder.first(f"{place}/wsgi.py", f"{place}/asgi.py") is not None


def _site_of(folder: Folder, base: str, place: str) -> Application:
    settings = f"DJANGO_SETTINGS_MODULE={place.rpartition('/')[2]}.settings"
    source = f" --chdir {base}" if base else ""
    command = f"{settings} gunicorn{source} --bind 0.0.0.0:$PORT 'django.core.wsgi:get_wsgi_application()'"
    hints = read_hints(_read_urls(folder, "", f"{place.replace('/', '.')}.urls") or "")
    return Application(f"{place}/settings.py", "django", None, Kind.WEB, base=base, command=command, hints=hints)


def _find_module(folder: Folder, project: PythonProject, place: str, settings: re.Match[str] | None) -> str | None:
    """``package.wsgi`` or ``package.asgi``: the one that the dependencies and the settings speak for."""
    package = settings[1].partition(".settings")[0].replace(".", "/") if settings else ""
    asgi_first = bool(_ASGI_SERVERS & set(project.dependencies)) and "gunicorn" not in project.dependencies
    kinds = ("asgi", "wsgi") if asgi_first else ("wsgi", "asgi")
    names = [
        name for name in folder.tree.subfolders(folder.locate(place.rstrip("/")) if place else folder.path) if name.isidentifier()
    ]
    for candidate in dict.fromkeys((package, package.partition("/")[0], *names[:_MAX_PACKAGES])):
        for kind in kinds:
            if candidate and folder.has(f"{place}{candidate}/{kind}.py"):
                return f"{candidate.replace('/', '.')}.{kind}"
    return next((kind for kind in kinds if folder.has(f"{place}{kind}.py")), None)


def _read_urls(folder: Folder, place: str, module: str | None) -> str | None:
    package = (module or "").rpartition(".")[0].replace(".", "/")
    text = folder.read(f"{place}{package}/urls.py") if package else None
    # A route of Django has no leading slash: it is read as if it had one.
    return re.sub(r"""(\bpath\(\s{0,20}["'])(?!/)""", r"\1/", text) if text else None
