"""Which folders of a tree are worth the rules: those with a manifest, a configuration, or a file that may be an application alone.

Most folders of a large tree hold nothing but sources of something around them. They are told by their names, and at most by a look
for a few words: the rules would read and parse, and come to the same end.
"""

from __future__ import annotations

from collections.abc import Iterator

from kyozo_gql.topology.model import Tree
from kyozo_gql.topology.python_signs import import_lines
from kyozo_gql.topology.sources import mentions

# In the names of every manifest and configuration that some rule may ask for: Dockerfile, Procfile, package.json, go.mod …
_SIGNS = (
    "file",
    "package.json",
    "project.json",
    "caddy.json",
    "envoy.json",
    ".toml",
    ".yml",
    ".yaml",
    ".conf",
    ".cfg",
    ".mod",
    ".work",
    "requirements",
    "sites-",
    "conf.d",
    "templates",
    "setup.py",
    "manage.py",
)
_PYTHON_ENTRIES = (
    "main",
    "app",
    "server",
    "wsgi",
    "asgi",
    "application",
    "api",
    "run",
    "index",
    "web",
    "bot",
    "worker",
    "start",
    "__main__",
)
_PYTHON_FILES = tuple(f"{name}.py" for name in _PYTHON_ENTRIES)
_NODE_FILES = tuple(f"{name}.{extension}" for name in ("server", "app", "index", "main") for extension in ("js", "mjs", "cjs"))
# What an application of Python imports, in small letters, and what it does wherever that comes from.
_PYTHON_LIBRARIES = (
    "flask", "fastapi", "streamlit", "gradio", "starlette", "itestar", "quart", "blacksheep", "bottle", "sanic", "dash", "robyn",
    "fasthtml", "server", "aiohttp", "tornado", "nicegui", "grpc", "websockets", "uvicorn", "falcon", "cherrypy", "chainlit",
    "django", "connexion", "discord", "celery", "solara", "mesop", "taipy", "bentoml", "telebot", "telegram", "slack_bolt", "mcp",
    "pyramid",
)  # fmt: skip
_PYTHON_SERVES = ("serve", "Server(", "polling", "create_app", "KafkaConsumer", "start_consuming")
_NODE_SERVERS = (".listen(", "createServer(", "serve(", "new Hono", "new Elysia", "WebSocketServer(")
_FEW = 2


class Gate:
    """Decides for the folders of one tree, parents first. ``passed_over`` counts those that nobody looked into any more."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._packages: set[str] = set()  # folders with a package.json, and all below them
        self._looks = 0
        self._most = tree.limits().max_looks
        self.passed_over = 0

    def opens(self, folder: str) -> bool:
        """Whether the rules should look at a folder."""
        names = self._tree.files(folder)
        if not names and self._tree.fault(folder):
            return True  # what seems empty, and is not, is told
        if folder.rpartition("/")[0] in self._packages and folder:
            self._packages.add(folder)
        # A proxy's configuration, or requirements, may be all in sub-folders.
        joined = "\n".join((*names, *self._tree.subfolders(folder)))
        if mentions(joined, _SIGNS):
            if "package.json" in names:
                self._packages.add(folder)
            return True
        return not folder or self._may_serve(folder, names, joined)

    def _may_serve(self, folder: str, names: tuple[str, ...], joined: str) -> bool:
        if ".py" in joined and "__init__.py" not in names:
            return any(_is_python_server(text) for text in self._entries(folder, names, _PYTHON_FILES, ".py"))
        if folder not in self._packages and ("js" in joined):
            return any(mentions(text, _NODE_SERVERS) for text in self._entries(folder, names, _NODE_FILES, ".js"))
        return False

    def _entries(self, folder: str, names: tuple[str, ...], wanted: tuple[str, ...], suffix: str) -> Iterator[str]:
        """The texts of the files with the name of an entry, or of the only source there is."""
        there = set(names)
        found = [name for name in wanted if name in there][:_FEW]
        if not found:
            sources = [name for name in names if name.endswith(suffix)]
            found = sources if len(sources) == 1 else []
        if found and self._looks >= self._most:  # a tree with more folders of sources alone is one of exercises or data
            self._tree.note_hit("max_looks", folder, f"after {self._most} folders of sources alone it is not looked into")
            self.passed_over += 1
            return
        self._looks += bool(found)
        for name in found:
            yield self._tree.read(f"{folder}/{name}" if folder else name) or ""


def _is_python_server(text: str) -> bool:
    """Whether a source of Python imports or does what servers do. Libraries are looked for where they are imported alone: that is
    one pass over the text, not one for each.
    """
    if mentions(text, _PYTHON_SERVES):
        return True
    return mentions(import_lines(text), _PYTHON_LIBRARIES)
