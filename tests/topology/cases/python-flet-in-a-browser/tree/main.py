import flet as ft


def show(page: ft.Page):
    page.add(ft.Text("Apples"))


ft.app(show, view=ft.AppView.WEB_BROWSER, port=8550)
