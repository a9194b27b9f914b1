from settings import ADDRESS, TOKEN

from bot import build

if __name__ == "__main__":
    build(TOKEN).run_webhook(listen="0.0.0.0", port=8443, webhook_url=ADDRESS)
