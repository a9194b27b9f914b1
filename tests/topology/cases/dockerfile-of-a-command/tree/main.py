import argparse

parser = argparse.ArgumentParser()
parser.add_argument("file")
print(parser.parse_args().file)
