package main

import (
	"flag"

	"github.com/gofiber/fiber/v2"
)

func main() {
	addr := flag.String("addr", ":4100", "address")
	app := fiber.New()
	app.Listen(*addr)
}
