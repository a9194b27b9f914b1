package server

import "github.com/labstack/echo/v4"

func Run() {
	e := echo.New()
	e.Start(":1323")
}
