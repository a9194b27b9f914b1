from http.server import HTTPServer
