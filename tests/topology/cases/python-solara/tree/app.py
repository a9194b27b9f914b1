import solara

harvest = solara.reactive(3)


@solara.component
def Page():
    solara.SliderInt("Baskets", value=harvest)
