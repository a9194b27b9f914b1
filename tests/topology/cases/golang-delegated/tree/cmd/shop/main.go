package main

import "example.com/shop/internal/app"

func main() { app.Run() }
