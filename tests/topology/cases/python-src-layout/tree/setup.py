from setuptools import find_packages, setup

setup(name="orchard", package_dir={"": "src"}, packages=find_packages("src"), install_requires=["flask"])
