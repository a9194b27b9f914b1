BROKER = "queue"
