from aiohttp.web import run_app

from orchard.server import build

run_app(build())
