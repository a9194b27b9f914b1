from setuptools import setup

setup(name='fast')
