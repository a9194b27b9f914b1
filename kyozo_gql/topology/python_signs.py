"""Whether a source of Python is worth a closer look. Searching for what it makes and runs costs; most sources only define."""

from __future__ import annotations

from kyozo_gql.topology.python_frameworks import CONSTRUCTED
from kyozo_gql.topology.sources import mentions

# Each pattern of python_frameworks needs one of these in the text, or one of the libraries where it imports.
_DOES = (
    "_application(", "create_app", "make_app", "get_app", "build_app", "init_app", "app_factory", "run(", "run_app(", "serve(",
    "Server(", "_server(", "_forever(", "polling(", "run_pending(", "run_until_disconnected(", "start_consuming(", "_webhook(",
    "idle()", ".work(", ".start(", "while True:", "while 1:", "class Worker", "WorkerSettings", "broker", "consumer", "task_queue",
    "asyncio.Future(", "asyncio.Event(", "servable(",
)  # fmt: skip
_LIBRARIES = (
    *dict.fromkeys(name.lower() for name in CONSTRUCTED),
    "falcon", "tornado", "gradio", "chainlit", "streamlit", "shiny", "cherrypy", "grpc", "websockets", "django", "solara", "mesop",
    "taipy", "bentoml", "blacksheep", "masonite", "slack_bolt", "nameko", "faust", "flet", "fasthtml", "pyramid", "bottle", "mcp",
    "aiohttp", "granian", "hug", "import web", "dramatiq", "taskiq", "apscheduler", "praw", "panel",
)  # fmt: skip


def may_run(text: str) -> bool:
    """Whether a source could serve or keep running, by the words in it."""
    return mentions(text, _DOES) or mentions(import_lines(text), _LIBRARIES)


def import_lines(text: str) -> str:
    """The lines of a source that import something, in small letters: libraries are looked for there alone, in one pass."""
    lines, at = list[str](), text.find("import ")
    while at >= 0:
        start, end = text.rfind("\n", 0, at) + 1, text.find("\n", at)
        lines.append(text[start:end] if end >= 0 else text[start:])
        at = text.find("import ", end) if end >= 0 else -1
    return "\n".join(lines).lower()
