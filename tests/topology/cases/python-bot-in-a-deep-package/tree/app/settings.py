TOKEN = "set elsewhere"
