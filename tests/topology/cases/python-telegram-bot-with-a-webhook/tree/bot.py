from telegram.ext import ApplicationBuilder


def build(token):
    return ApplicationBuilder().token(token).build()


if __name__ == "__main__":
    build("for-trying").run_polling()
