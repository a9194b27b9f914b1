import time

while True:
    kind = input("Which tree? ")
    if kind == "none":
        break
    time.sleep(1)
    print(len(kind))
