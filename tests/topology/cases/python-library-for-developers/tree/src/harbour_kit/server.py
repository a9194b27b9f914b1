from aiohttp import web


class Receiver:
    """Receives callbacks while a test or a script runs."""

    def __init__(self, handler):
        self.app = web.Application()
        self.app.router.add_post("/", handler)

    def run(self, port=8700):
        web.run_app(self.app, port=port)
