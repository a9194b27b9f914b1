ADDRESS = "https://orchard.example.com/bot"
TOKEN = "set elsewhere"
