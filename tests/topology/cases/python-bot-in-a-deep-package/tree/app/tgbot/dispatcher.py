from aiogram import Bot, Dispatcher

from app.settings import TOKEN

bot = Bot(TOKEN)
dp = Dispatcher()
