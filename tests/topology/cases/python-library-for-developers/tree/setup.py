from setuptools import find_packages, setup

setup(
    name="harbour-kit",
    version="2.1",
    packages=find_packages("src"),
    package_dir={"": "src"},
    install_requires=["aiohttp"],
    classifiers=[
        "Intended Audience :: Developers",
        "Programming Language :: Python :: 3",
    ],
)
