from aiohttp import web


def run():
    web.run_app(web.Application(), port=8082)
