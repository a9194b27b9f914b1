import asyncio

from aiokafka import AIOKafkaConsumer


async def count():
    consumer = AIOKafkaConsumer("baskets", bootstrap_servers="broker:9092")
    await consumer.start()
    async for basket in consumer:
        print(basket.value)


asyncio.run(count())
