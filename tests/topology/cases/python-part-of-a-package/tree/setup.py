from setuptools import setup

setup(
    name="lantern",
    packages=["lantern"],
    install_requires=["jinja2"],
)
