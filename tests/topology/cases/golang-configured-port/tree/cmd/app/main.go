package main

import "example.com/orders/internal/app"

func main() { app.Run() }
