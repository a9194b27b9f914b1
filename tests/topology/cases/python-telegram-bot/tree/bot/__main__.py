import asyncio
import os

from aiogram import Bot, Dispatcher

from bot.handlers import router

dp = Dispatcher()
asyncio.run(dp.start_polling(Bot(os.environ['BOT_TOKEN'])))
