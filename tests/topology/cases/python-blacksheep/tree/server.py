from blacksheep import Application, get

app = Application()


@get("/trees")
async def trees():
    return []
