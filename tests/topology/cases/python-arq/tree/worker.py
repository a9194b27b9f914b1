async def job(ctx):
    pass


class WorkerSettings:
    functions = [job]
