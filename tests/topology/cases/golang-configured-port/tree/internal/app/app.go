package app

import (
	"example.com/orders/config"
	"github.com/labstack/echo/v4"
)

func Run() {
	e := echo.New()
	e.Start(":" + config.Load().HTTP.Port)
}
