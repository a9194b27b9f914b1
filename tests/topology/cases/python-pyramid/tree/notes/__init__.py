def main(settings):
    return None
