from setuptools import setup

setup(name="django-ratings", install_requires=["django>=4"], packages=["ratings"])
