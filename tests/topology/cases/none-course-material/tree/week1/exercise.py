def mean(items):
    pass
