import discord

client = discord.Client()
client.run("token")
