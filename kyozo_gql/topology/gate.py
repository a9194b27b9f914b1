"""Which folders of a tree are worth the rules: those with a manifest, a configuration, or a file that may be an application alone.

Most folders of a large tree hold nothing but sources of something around them. They are told by their names, and at most by a look
for a few words: the rules would read and parse, and come to the same end.
"""

from __future__ import annotations

from collections.abc import Iterator

from kyozo_gql.topology.model import Tree

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
_PYTHON_SERVERS = (
    "Flask", "FastAPI", "streamlit", "gradio", "Starlette", "itestar", "Quart", "BlackSheep", "Bottle", "Sanic", "Dash", "Robyn",
    "FastHTML", "Server(", "serve", "aiohttp", "tornado", "nicegui", "grpc", "websockets", "uvicorn", "falcon", "cherrypy",
    "chainlit", "polling", "django", "connexion", "create_app", "discord", "celery", "solara", "mesop", "taipy", "bentoml",
    "telebot", "telegram", "slack_bolt", "KafkaConsumer", "start_consuming", "mcp", "pyramid",
)  # fmt: skip
_NODE_SERVERS = (".listen(", "createServer(", "serve(", "new Hono", "new Elysia", "WebSocketServer(")
_FEW = 2
_MOST_LOOKS = 1_000  # a tree with more folders of sources alone is one of exercises or data


class Gate:
    """Decides for the folders of one tree, parents first. ``passed_over`` counts those that nobody looked into any more."""

    def __init__(self, tree: Tree) -> None:
        self._tree = tree
        self._packages: set[str] = set()  # folders with a package.json, and all below them
        self._looks = 0
        self.passed_over = 0

    def opens(self, folder: str) -> bool:
        """Whether the rules should look at a folder."""
        names = self._tree.files(folder)
        if folder.rpartition("/")[0] in self._packages and folder:
            self._packages.add(folder)
        # A proxy's configuration, or requirements, may be all in sub-folders.
        joined = "\n".join((*names, *self._tree.subfolders(folder)))
        if _mentions(joined, _SIGNS):
            if "package.json" in names:
                self._packages.add(folder)
            return True
        return not folder or self._may_serve(folder, names, joined)

    def _may_serve(self, folder: str, names: tuple[str, ...], joined: str) -> bool:
        if ".py" in joined and "__init__.py" not in names:
            return any(_mentions(text, _PYTHON_SERVERS) for text in self._entries(folder, names, _PYTHON_FILES, ".py"))
        if folder not in self._packages and ("js" in joined):
            return any(_mentions(text, _NODE_SERVERS) for text in self._entries(folder, names, _NODE_FILES, ".js"))
        return False

    def _entries(self, folder: str, names: tuple[str, ...], wanted: tuple[str, ...], suffix: str) -> Iterator[str]:
        """The texts of the files with the name of an entry, or of the only source there is."""
        there = set(names)
        found = [name for name in wanted if name in there][:_FEW]
        if not found:
            sources = [name for name in names if name.endswith(suffix)]
            found = sources if len(sources) == 1 else []
        if found and self._looks >= _MOST_LOOKS:
            self.passed_over += 1
            return
        self._looks += bool(found)
        for name in found:
            yield self._tree.read(f"{folder}/{name}" if folder else name) or ""


def _mentions(text: str, words: tuple[str, ...]) -> bool:
    for word in words:  # noqa: SIM110 — this is run for every folder, and any() takes twice the time
        if word in text:
            return True
    return False
