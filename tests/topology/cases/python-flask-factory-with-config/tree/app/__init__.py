from flask import Flask


def create_app(config_name):
    return Flask(__name__)
