module example.com/files

go 1.23

require (
	github.com/gdamore/tcell/v2 v2.7.0
)
