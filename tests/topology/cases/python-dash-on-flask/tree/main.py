import dash
from flask import Flask

orchard = Flask(__name__)
board = dash.Dash(__name__, server=orchard, url_base_pathname="/board/")
board.layout = dash.html.Div("Apples")

if __name__ == "__main__":
    orchard.run()
