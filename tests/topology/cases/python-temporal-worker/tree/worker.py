import asyncio

from temporalio.client import Client
from temporalio.worker import Worker


async def main():
    client = await Client.connect("temporal:7233")
    await Worker(client, task_queue="harvest", workflows=[]).run()


if __name__ == "__main__":
    asyncio.run(main())
