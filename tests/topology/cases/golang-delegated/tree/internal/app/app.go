package app

import "example.com/shop/internal/server"

func Run() { server.Start() }
