from nicegui import ui

from config import config

ui.label(config.TITLE)
ui.run(port=config.PORT)
