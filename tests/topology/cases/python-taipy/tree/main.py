from taipy.gui import Gui

baskets = 3

if __name__ == "__main__":
    Gui(page="<|{baskets}|slider|>").run(title="Orchard")
