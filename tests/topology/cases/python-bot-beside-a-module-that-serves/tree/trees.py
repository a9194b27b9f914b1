KINDS = ["apple"]
