import os

title = "x"
DATABASE_URL = os.environ["DATABASE_URL"]
