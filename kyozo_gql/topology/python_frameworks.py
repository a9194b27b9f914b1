"""The frameworks of Python: what depends on them, what their sources look like, their habits. Tables only."""

from __future__ import annotations

import re

# Ahead of the others: what contains them. FastAPI brings Starlette, Dash and APIFlask bring Flask.
WEB = {
    "django": "django", "fastapi": "fastapi", "litestar": "litestar", "starlite": "litestar", "reflex": "reflex",
    "chainlit": "chainlit",
    "streamlit": "streamlit", "gradio": "gradio", "dash": "dash", "nicegui": "nicegui", "panel": "panel", "shiny": "shiny",
    "quart": "quart", "sanic": "sanic", "robyn": "robyn", "blacksheep": "blacksheep", "falcon": "falcon",
    "python-fasthtml": "fasthtml",
    "connexion": "connexion", "apiflask": "flask", "flask-restx": "flask", "flask-restful": "flask", "flask": "flask",
    "bottle": "bottle", "pyramid": "pyramid", "cherrypy": "cherrypy", "tornado": "tornado", "aiohttp": "aiohttp",
    "starlette": "starlette",
}  # fmt: skip
# Much else than a server is made with these, so that depending on them says little.
CLIENTS_TOO = frozenset({"aiohttp", "tornado", "panel", "shiny"})
WORKERS = {
    "celery": "celery", "dramatiq": "dramatiq", "arq": "arq", "rq": "rq", "huey": "huey", "taskiq": "taskiq",
    "faststream": "faststream", "discord-py": "discord.py", "py-cord": "py-cord", "nextcord": "nextcord", "disnake": "disnake",
    "hikari": "hikari", "aiogram": "aiogram", "python-telegram-bot": "python-telegram-bot", "pytelegrambotapi": "telebot",
    "telethon": "telethon", "pyrogram": "pyrogram", "slack-bolt": "slack-bolt", "twitchio": "twitchio",
    "apscheduler": "apscheduler",
    "paho-mqtt": "paho-mqtt",
}  # fmt: skip
COMMAND_LINE = frozenset({"click", "typer", "fire", "docopt", "argparse", "cleo", "cyclopts", "textual"})

_CONSTRUCTED = {
    "FastAPI": "fastapi", "Starlette": "starlette", "Litestar": "litestar", "Starlite": "litestar", "Quart": "quart",
    "BlackSheep": "blacksheep", "Flask": "flask", "APIFlask": "flask", "OpenAPI": "flask", "Bottle": "bottle", "Sanic": "sanic",
    "Dash": "dash", "Robyn": "robyn", "FastHTML": "fasthtml", "AsyncApp": "connexion", "FlaskApp": "connexion",
    "ASGIApp": "socketio",
}  # fmt: skip
_WORKER_OBJECTS = {"Celery": "celery", "FastStream": "faststream", "SqliteHuey": "huey", "RedisHuey": "huey"}
CONSTRUCTED = {**_CONSTRUCTED, **_WORKER_OBJECTS}
_NAMES = "|".join(CONSTRUCTED)
ASSIGNED = re.compile(
    rf"^(\w{{1,60}})[ \t]{{0,5}}(?::[^=\n]{{1,80}})?=[ \t]{{0,5}}(?:\w{{1,60}}\.)?({_NAMES})(?:\[[^\]\n]{{0,60}}\])?\(",
    re.MULTILINE,
)
MENTIONED = re.compile(rf"\b({_NAMES})\(")
FALCON = re.compile(r"^(\w{1,60})[ \t]{0,5}(?::[^=\n]{1,80})?=[ \t]{0,5}falcon\.(asgi\.)?(?:App|API)\(", re.MULTILINE)
FASTHTML = re.compile(r"^(\w{1,60})[ \t]{0,5},[ \t]{0,5}\w{1,60}.{0,60}=[ \t]{0,5}fast_app\(", re.MULTILINE)
PYRAMID = re.compile(r"^(\w{1,60})[ \t]{0,5}=[ \t]{0,5}\w{1,60}\.make_wsgi_app\(", re.MULTILINE)
DJANGO_OBJECT = re.compile(r"^(application)[ \t]{0,5}=[ \t]{0,5}get_[aw]sgi_application\(", re.MULTILINE)
_FACTORY = r"(?:create|make|get|build|init|setup|configure)_(?:\w{1,20}_)?(?:app|application|api|server)|app_factory"
FACTORY = re.compile(rf"^(?:async )?def ({_FACTORY})\(([^)]{{0,400}})\)", re.MULTILINE)
FACTORY_CALL = re.compile(
    rf"^(\w{{1,60}})[ \t]{{0,5}}(?::[^=\n]{{1,80}})?=[ \t]{{0,5}}(?:\w{{1,60}}\.)?(?:{_FACTORY})\(", re.MULTILINE
)
IMPORTED = re.compile(r"^from ([\w.]{1,100}) import (?:[\w, ]{1,100}, ?)?\b(app|application)\b[ \t]*(?:#.*)?$", re.MULTILINE)
IMPORT_STRING = re.compile(
    r"""\b(?:uvicorn\.run|hypercorn\.run|granian\.Granian|Granian)\(\s{0,40}(?:app\s?=\s?|target\s?=\s?)?f?["']([\w.]{1,100}):(\w{1,60})["']([^)]{0,400})"""
)
SERVES = {
    "django": re.compile(
        r"\A(?=(?s:.{0,20000}?)\bexecute_from_command_line\()(?s:.{0,20000}?)^[ \t]{0,20}settings\.configure\(", re.MULTILINE
    ),
    "aiohttp": re.compile(r"\bweb\.(?:run_app|AppRunner)\("),
    "tornado": re.compile(
        r"\btornado\.ioloop\b|\btornado\.web\.Application\(|\bweb\.Application\(\s{0,40}\[|\bHTTPServer\([^)]{0,60}\)\.listen\("
    ),
    "gradio": re.compile(r"\bgr(?:adio)?\.(?:Interface|Blocks|ChatInterface|TabbedInterface)\("),
    "chainlit": re.compile(r"^[ \t]*(?:import chainlit\b|from chainlit\b)", re.MULTILINE),
    "streamlit": re.compile(r"^[ \t]*(?:import streamlit\b|from streamlit\b)", re.MULTILINE),
    "nicegui": re.compile(r"\bui\.run\("),
    "panel": re.compile(r"\.servable\(|\bpn\.serve\("),
    "shiny": re.compile(r"^(?:from shiny\.express\b|app = App\(app_ui)", re.MULTILINE),
    "cherrypy": re.compile(r"\bcherrypy\.(?:quickstart|engine\.start)\("),
    "fastmcp": re.compile(r"""\bmcp\.run\([^)]{0,100}transport\s?=\s?["'](?:sse|http|streamable-http)"""),
    "grpc": re.compile(r"\bgrpc\.(?:aio\.)?server\("),
    "websockets": re.compile(r"\bwebsockets\.(?:serve|server\.serve)\(|\bfrom websockets\.(?:asyncio\.)?server import\b"),
    "bottle": re.compile(
        r"\bbottle\.run\(|\bfrom bottle import\b(?s:.{0,20000})^[ \t]{0,20}run\((?:[^)]{0,100})\bhost\s?=", re.MULTILINE
    ),
    "http.server": re.compile(
        r"\b(?:Threading)?HTTPServer\(|\bsocketserver\.\w{1,40}Server\(|\bmake_server\(|\basyncio\.start_server\("
        r"|\bwaitress\.serve\(|\bWSGIServer\(|\bserve_forever\("
    ),
}
RUNS_ITSELF = re.compile(
    r"\b(?:uvicorn|hypercorn|granian)\.run\(|\bapp\.run\(\s{0,40}(?:host|port|debug|threaded|['\")])|\bsocketio\.run\(|\bweb\.run_app\("
)
# What keeps running for ever without being asked over a port.
KEEPS_RUNNING = re.compile(
    r"\b(?:start_polling|run_polling|infinity_polling|run_until_disconnected|start_consuming|run_forever|loop_forever)\("
    r"|\b(?:bot|client)\.run\(|\bBlockingScheduler\(|\bSocketModeHandler\(|\bschedule\.run_pending\(|\bidle\(\)|\bWorker\([^)]{0,80}\)\.work\("
)
LOOPS = re.compile(
    r"^[ \t]{0,20}while (?:True|1):[^#]{0,2000}?\b(?:sleep|poll|brpop|blpop|receive|consume|get_message)\(", re.MULTILINE
)
ARQ_SETTINGS = re.compile(r"^class (\w{0,40}WorkerSettings|Worker)\b", re.MULTILINE)

ASGI = frozenset({"fastapi", "starlette", "litestar", "quart", "blacksheep", "connexion", "socketio", "falcon-asgi", "fasthtml"})
WSGI = frozenset({"flask", "bottle", "dash", "falcon", "pyramid"})
NOT_HTTP = frozenset({"grpc", "websockets"})
PORTS = {
    "flask": 5000, "quart": 5000, "dash": 8050, "streamlit": 8501, "gradio": 7860, "aiohttp": 8080, "tornado": 8888,
    "nicegui": 8080, "bottle": 8080, "grpc": 50051, "websockets": 8765, "robyn": 8080, "reflex": 3000, "panel": 5006,
    "pyramid": 6543, "cherrypy": 8080, "fasthtml": 5001,
}  # fmt: skip
LINES = {
    "sanic": "sanic {module}:{variable} --host 0.0.0.0 --port $PORT",
    "streamlit": "streamlit run {file} --server.port $PORT --server.address 0.0.0.0 --server.headless true",
    "gradio": "GRADIO_SERVER_NAME=0.0.0.0 GRADIO_SERVER_PORT=$PORT python3 {file}",
    "chainlit": "chainlit run {file} --host 0.0.0.0 --port $PORT --headless",
    "panel": "panel serve {file} --address 0.0.0.0 --port $PORT --allow-websocket-origin '*'",
    "shiny": "shiny run {file} --host 0.0.0.0 --port $PORT",
    "robyn": "ROBYN_HOST=0.0.0.0 ROBYN_PORT=$PORT python3 {file}",
    "reflex": "reflex run --env prod --single-port --backend-port $PORT --frontend-port $PORT",
    "pyramid": "pserve {file}",
    "celery": "celery --app {module} worker --loglevel INFO",
    "dramatiq": "dramatiq {module}",
    "taskiq": "taskiq worker {module}:broker",
    "faststream": "faststream run {module}:{variable}",
    "huey": "huey_consumer {module}.{variable}",
    "arq": "arq {module}.{variable}",
}

# Each of the patterns above needs one of these in a text: without any, it need not be searched. Searching is what costs.
SIGNS = (
    *(f"{name}(" for name in CONSTRUCTED), *(f"{name}[" for name in CONSTRUCTED), "falcon.", "fast_app(", "make_wsgi_app(",
    "_application(", "create_app", "make_app", "get_app", "build_app", "init_app", "app_factory", "run_app(", "AppRunner(",
    "tornado", "web.Application(", "gr.", "gradio", "chainlit", "streamlit", "run(", "servable(", "serve(", "shiny", "App(app_ui",
    "cherrypy", "grpc", "websockets", "Server(", "make_server(", "start_server(", "serve_forever(", "Granian", "_polling(",
    "run_until_disconnected(", "start_consuming(", "_forever(", "BlockingScheduler(", "SocketModeHandler(", "run_pending(",
    "idle()", ".work(", "while True:", "while 1:", "WorkerSettings", "class Worker", "@dramatiq.actor", "broker", "django",
)  # fmt: skip
