from aiohttp import web


class Status:
    def __init__(self, bot):
        self.bot = bot

    async def serve(self, port):
        runner = web.AppRunner(web.Application())
        await runner.setup()
        await web.TCPSite(runner, "0.0.0.0", port).start()
