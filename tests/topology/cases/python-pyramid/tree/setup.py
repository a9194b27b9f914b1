from setuptools import setup

setup(name="notes", install_requires=["pyramid", "waitress"])
