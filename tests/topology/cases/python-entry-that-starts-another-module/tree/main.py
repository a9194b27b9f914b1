import server

server.serve()
