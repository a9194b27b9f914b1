import flet as ft


def show(page: ft.Page):
    page.add(ft.Text("Apples"))


ft.app(show)
