import mesop as me


@me.page(path="/orchard")
def orchard():
    me.text("Apples")
