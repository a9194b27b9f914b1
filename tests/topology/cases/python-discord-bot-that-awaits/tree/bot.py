import asyncio

import discord
from discord.ext import commands


async def main():
    bot = commands.Bot(command_prefix="!", intents=discord.Intents.default())
    async with bot:
        await bot.start("set elsewhere")


asyncio.run(main())
