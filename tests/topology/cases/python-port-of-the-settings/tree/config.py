class Config:
    TITLE = "Orchard"
    PORT = 5400


config = Config()
