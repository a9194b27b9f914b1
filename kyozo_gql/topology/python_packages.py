"""The system packages (of Debian) that libraries of Python need, where pip's own packages do not bring them."""

from __future__ import annotations

from kyozo_gql.topology.python_project import PythonProject

# Library: what compiling it needs, what running it needs.
_NEEDS = {
    "psycopg2": (("gcc", "libc6-dev", "libpq-dev"), ("libpq5",)),
    "mysqlclient": (("gcc", "libc6-dev", "pkg-config", "default-libmysqlclient-dev"), ("libmariadb3",)),
    "pylibmc": (("gcc", "libc6-dev", "libmemcached-dev", "zlib1g-dev"), ("libmemcached11t64",)),
    "python-ldap": (("gcc", "libc6-dev", "libldap2-dev", "libsasl2-dev"), ("libldap2",)),
    "pycairo": (("gcc", "libc6-dev", "pkg-config", "libcairo2-dev"), ("libcairo2",)),
    "cairosvg": ((), ("libcairo2",)),
    "uwsgi": (("gcc", "libc6-dev"), ()),
    "weasyprint": ((), ("libpango-1.0-0", "libpangoft2-1.0-0", "libharfbuzz-subset0")),
    "opencv-python": ((), ("libgl1", "libglib2.0-0")),
    "opencv-contrib-python": ((), ("libgl1", "libglib2.0-0")),
    "python-magic": ((), ("libmagic1",)),
    "pydub": ((), ("ffmpeg",)),
    "ffmpeg-python": ((), ("ffmpeg",)),
    "openai-whisper": ((), ("ffmpeg",)),
    "pytesseract": ((), ("tesseract-ocr",)),
    "pdf2image": ((), ("poppler-utils",)),
    "gitpython": ((), ("git",)),
}


def system_packages(project: PythonProject, text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What building and what running a project needs, each sorted. ``text``: that of its manifest, which may name Git addresses."""
    needs = [_NEEDS[name] for name in sorted(project.dependencies) if name in _NEEDS]
    if "psycopg" in project.dependencies and not project.dependencies["psycopg"] & {"binary", "c"}:
        needs.append(((), ("libpq5",)))
    building = {name for build, _ in needs for name in build} | ({"git"} if "git+" in text else set())
    return tuple(sorted(building)), tuple(sorted({name for _, run in needs for name in run}))
