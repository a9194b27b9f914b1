from setuptools import setup

setup(name="signal-flags", version="2.0.0", packages=["signal_flags"], install_requires=["attrs"])
