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
    "solara": "solara", "mesop": "mesop", "taipy": "taipy", "taipy-gui": "taipy", "flet": "flet", "litserve": "litserve",
    "bentoml": "bentoml", "masonite": "masonite", "web-py": "web.py", "hug": "hug", "fastmcp": "fastmcp",
}  # fmt: skip
# Much else than a server is made with these, so that depending on them says little.
CLIENTS_TOO = frozenset({"aiohttp", "tornado", "panel", "shiny", "flet", "bentoml", "fastmcp"})
WORKERS = {
    "celery": "celery", "dramatiq": "dramatiq", "arq": "arq", "rq": "rq", "huey": "huey", "taskiq": "taskiq",
    "faststream": "faststream", "discord-py": "discord.py", "py-cord": "py-cord", "nextcord": "nextcord", "disnake": "disnake",
    "hikari": "hikari", "aiogram": "aiogram", "python-telegram-bot": "python-telegram-bot", "pytelegrambotapi": "telebot",
    "telethon": "telethon", "pyrogram": "pyrogram", "slack-bolt": "slack-bolt", "twitchio": "twitchio",
    "apscheduler": "apscheduler",
    "paho-mqtt": "paho-mqtt",
    "discord": "discord.py", "vkbottle": "vkbottle", "nameko": "nameko", "faust": "faust", "faust-streaming": "faust",
    "temporalio": "temporal",
}  # fmt: skip
# What a worker imports, where its module is named otherwise than the package, or nothing lists the package.
MODULES = {
    "discord": "discord.py", "nextcord": "nextcord", "disnake": "disnake", "hikari": "hikari", "telegram": "python-telegram-bot",
    "aiogram": "aiogram", "telebot": "telebot", "telethon": "telethon", "pyrogram": "pyrogram", "vkbottle": "vkbottle",
    "slack_bolt": "slack-bolt", "twitchio": "twitchio", "apscheduler": "apscheduler", "rq": "rq", "nameko": "nameko",
    "temporalio": "temporal",
}  # fmt: skip
IMPORTED_MODULE = re.compile(r"^(?:from|import) (\w{1,60})", re.MULTILINE)
# What serves with these has no name that is expected of it.
SERVERS = ("grpcio", "websockets", "fastmcp", "mcp", "aiokafka", "confluent-kafka", "kafka-python", "pika", "aio-pika", "nats-py")
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
# Dash answers through an application of Flask: its own, or one that it is given.
DASH_SERVER = re.compile(
    r"\bDash\([^#]{0,300}?\bserver\s?=\s?(\w{1,60})\s{0,3}[,)]|^(\w{1,60})[ \t]{0,5}=[ \t]{0,5}\w{1,60}\.server\b[ \t]*(?:#.*)?$",
    re.MULTILINE,
)
MENTIONED = re.compile(rf"\b({_NAMES})\(")
FALCON = re.compile(r"^(\w{1,60})[ \t]{0,5}(?::[^=\n]{1,80})?=[ \t]{0,5}falcon\.(asgi\.)?(?:App|API)\(", re.MULTILINE)
FASTHTML = re.compile(r"^(\w{1,60})[ \t]{0,5},[ \t]{0,5}\w{1,60}.{0,60}=[ \t]{0,5}fast_app\(", re.MULTILINE)
PYRAMID = re.compile(r"^(\w{1,60})[ \t]{0,5}=[ \t]{0,5}\w{1,60}\.make_wsgi_app\(", re.MULTILINE)
# Objects whose class has too common a name, or none: known by what the file imports.
OBJECTS = {
    "blacksheep": re.compile(r"^(\w{1,60})[ \t]{0,5}(?::[^=\n]{1,80})?=[ \t]{0,5}Application\(", re.MULTILINE),
    "masonite": re.compile(r"^(\w{1,60})[ \t]{0,5}=[ \t]{0,5}Application\(", re.MULTILINE),
    "bottle": re.compile(r"^(\w{1,60})[ \t]{0,5}=[ \t]{0,5}(?:bottle\.)?default_app\(", re.MULTILINE),
    "faust": re.compile(r"^(\w{1,60})[ \t]{0,5}(?::[^=\n]{1,80})?=[ \t]{0,5}faust\.App\(", re.MULTILINE),
    "bentoml": re.compile(r"^@bentoml\.service\b[^\n]{0,200}\n(?:[^\n]{0,200}\n){0,10}?class (\w{1,60})", re.MULTILINE),
    "mesop": re.compile(r"^@(\w{1,60})\.page\b", re.MULTILINE),
    "fastmcp": re.compile(
        r"^(\w{1,60})[ \t]{0,5}(?::[^=\n]{1,80})?=[ \t]{0,5}\w{1,60}\.(?:streamable_http_app|sse_app|http_app)\(", re.MULTILINE
    ),
}
OBJECT_MODULES = {"fastmcp": frozenset({"mcp", "fastmcp"})}
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
    "aiohttp": re.compile(r"\bweb\.(?:run_app|AppRunner)\(|\bfrom aiohttp\.web import [^#]{0,200}?\b(?:run_app|AppRunner)\b"),
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
    "fastmcp": re.compile(
        r"""\b\w{1,60}\.run(?:_async)?\([^)]{0,100}transport\s?=\s?["'](?:sse|http|streamable-http)"""
        r"""|\bmcp\.run\(\s{0,20}["'](?:sse|http|streamable-http)"""
    ),
    "solara": re.compile(r"^@(?:solara|reacton)\.component\b[^\n]{0,40}\ndef Page\(", re.MULTILINE),
    "taipy": re.compile(r"\bfrom taipy(?:\.gui)? import [^\n]{0,80}\bGui\b|\btp\.(?:run|Gui)\("),
    # In a browser: by itself it opens a window.
    "flet": re.compile(r"\b(?:ft|flet)\.(?:app|run)\([^#]{0,200}?(?:\bWEB_BROWSER\b|\bport\s?=)"),
    "litserve": re.compile(r"\bLitServer\("),
    "web.py": re.compile(r"\bweb\.application\(\s{0,20}\w{1,40}\s{0,5},\s{0,5}(?:globals|locals)\(\)"),
    "hug": re.compile(r"^@hug\.(?:get|post|put|delete|local|cli|http|call)\(", re.MULTILINE),
    "pyramid": re.compile(r"\.make_wsgi_app\((?s:.{0,300}?)\b(?:serve|make_server|serve_forever)\("),
    "python-telegram-bot": re.compile(r"\.run_webhook\("),
    "aiogram": re.compile(r"\bstart_webhook\("),
    "slack-bolt": re.compile(r"\A(?=(?s:.{0,20000}?)\bslack_bolt\b)(?s:.{0,40000}?)\bapp\.start\(\s{0,40}(?:port\b|\d|int\()"),
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
    r"|\bawait (?:bot|client)\.start\(|\bbot\.polling\(|\bworker\.work\(|\bWorker\([^)]{0,160}\btask_queue\s?="
    r"|\bfor \w{1,60} in (?:self\.)?_?\w{0,40}consumer\b|\.stream\.(?:comments|submissions)\(|\bawait asyncio\.(?:Future|Event)\(\)"
)
LOOPS = re.compile(
    r"^[ \t]{0,20}while (?:True|1):[^#]{0,2000}?\b(?:sleep|poll|brpop|blpop|receive|consume|get_message)\(", re.MULTILINE
)
# Somebody sits before it: a window, a screen, a question. It runs as long as they like, and is no service.
ATTENDED = re.compile(
    r"^[ \t]{0,20}(?:from|import) (?:textual|kivy|kivymd|toga|marimo|arcade|tkinter|customtkinter|wx|PyQt\d|PySide\d|pygame"
    r"|pgzero|ursina|pyglet|dearpygui|turtle|curses|pystray|rumps|pyautogui|pynput)\b|(?<!\w)input\(|\bcv2\.imshow\(",
    re.MULTILINE,
)
NAMEKO = re.compile(r"^[ \t]{1,20}@(?:rpc|event_handler|timer|http|consume)\b", re.MULTILINE)
ARQ_SETTINGS = re.compile(r"^class (\w{0,40}WorkerSettings|Worker)\b", re.MULTILINE)

ASGI = frozenset(
    {"fastapi", "starlette", "litestar", "quart", "blacksheep", "connexion", "socketio", "falcon-asgi", "fasthtml", "fastmcp"}
)
WSGI = frozenset({"flask", "bottle", "dash", "falcon", "pyramid", "masonite", "mesop"})
NOT_HTTP = frozenset({"grpc", "websockets", "python-telegram-bot", "aiogram", "slack-bolt", "fastmcp"})
PORTS = {
    "flask": 5000, "quart": 5000, "dash": 8050, "streamlit": 8501, "gradio": 7860, "aiohttp": 8080, "tornado": 8888,
    "nicegui": 8080, "bottle": 8080, "grpc": 50051, "websockets": 8765, "robyn": 8080, "reflex": 3000, "panel": 5006,
    "pyramid": 6543, "cherrypy": 8080, "fasthtml": 5001,
    "solara": 8765, "mesop": 8080, "taipy": 5000, "flet": 8000, "bentoml": 3000, "web.py": 8080, "slack-bolt": 3000,
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
    "solara": "solara run {file} --host 0.0.0.0 --port $PORT --production",
    "taipy": "taipy run --host 0.0.0.0 --port $PORT {file}",
    "flet": "FLET_FORCE_WEB_SERVER=true FLET_SERVER_IP=0.0.0.0 FLET_SERVER_PORT=$PORT python3 {file}",
    "bentoml": "bentoml serve {module}:{variable} --host 0.0.0.0 --port $PORT",
    "web.py": "python3 {file} 0.0.0.0:$PORT",
    "hug": "hug -f {file} -p $PORT",
    "faust": "faust --app {module}:{variable} worker --loglevel info",
    "nameko": "nameko run {module}",
    "celery": "celery --app {module} worker --loglevel INFO",
    "dramatiq": "dramatiq {module}",
    "taskiq": "taskiq worker {module}:broker",
    "faststream": "faststream run {module}:{variable}",
    "huey": "huey_consumer {module}.{variable}",
    "arq": "arq {module}.{variable}",
}

# What a pattern of SERVES, or KEEPS_RUNNING, needs in a text.
SERVES_SIGNS = {
    "django": "settings.configure(", "gradio": "gr", "chainlit": "chainlit", "streamlit": "streamlit", "nicegui": "ui.run(",
    "shiny": "shiny", "cherrypy": "cherrypy", "grpc": "grpc", "websockets": "websockets", "bottle": "bottle", "solara": "solara",
    "taipy": "taipy", "flet": "flet", "litserve": "LitServer(", "web.py": "web.application(", "hug": "@hug.",
    "pyramid": "make_wsgi_app(", "python-telegram-bot": "run_webhook(", "aiogram": "start_webhook(", "slack-bolt": "slack_bolt",
    "aiohttp": "web", "fastmcp": "run",
}  # fmt: skip
KEEPS_RUNNING_SIGNS = (
    "polling(", "run_until_disconnected(", "start_consuming(", "_forever(", ".run(", "BlockingScheduler(", "SocketModeHandler(",
    "run_pending(", "idle()", ".work(", ".start(", "task_queue", "consumer", "stream.comments(", "stream.submissions(",
    "asyncio.Future(", "asyncio.Event(",
)  # fmt: skip
