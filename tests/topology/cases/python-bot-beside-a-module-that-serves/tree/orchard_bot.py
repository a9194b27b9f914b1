import click
from discord.ext import commands

import webapp


class Bot(commands.Bot):
    async def setup_hook(self):
        await webapp.Status(self).serve(8080)


@click.command()
def main():
    bot = Bot(command_prefix="!", intents=None)
    bot.run("set elsewhere")


if __name__ == "__main__":
    main()
