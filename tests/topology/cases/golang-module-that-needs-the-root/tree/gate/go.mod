module example.com/harbour/gate

go 1.22

require (
	example.com/harbour v0.0.0
	github.com/gin-gonic/gin v1.10.0
)

replace example.com/harbour => ../
