import os

import chainlit as cl

key = os.getenv('OPENAI_API_KEY')


@cl.on_message
async def main(message):
    pass
