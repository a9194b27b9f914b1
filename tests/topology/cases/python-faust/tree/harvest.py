import faust

app = faust.App("harvest", broker="kafka://broker:9092")
baskets = app.topic("baskets")


@app.agent(baskets)
async def count(stream):
    async for basket in stream:
        print(basket)
