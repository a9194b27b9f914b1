import os

from slack_bolt import App

app = App()


@app.message("apples")
def answer(message, say):
    say("ripe")


if __name__ == "__main__":
    app.start(port=int(os.environ.get("PORT", 3000)))
