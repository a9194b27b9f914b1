import web

urls = ("/trees", "Trees")


class Trees:
    def GET(self):
        return "[]"


if __name__ == "__main__":
    web.application(urls, globals()).run()
