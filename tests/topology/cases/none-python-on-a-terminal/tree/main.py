from textual.app import App
from textual.widgets import Label


class Orchard(App):
    def compose(self):
        yield Label("Apples")


if __name__ == "__main__":
    app = Orchard()
    app.run()
