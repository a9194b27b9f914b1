package main

import (
	"example.com/harbour"
	"github.com/gin-gonic/gin"
)

func main() {
	router := gin.Default()
	router.GET("/", func(c *gin.Context) { c.JSON(200, harbour.Depth()) })
	router.Run(":8080")
}
