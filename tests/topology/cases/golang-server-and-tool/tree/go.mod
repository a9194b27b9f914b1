module example.com/notes

go 1.23

require (
	github.com/go-chi/chi/v5 v5.1.0
	github.com/spf13/cobra v1.8.0
	github.com/charmbracelet/bubbletea v1.0.0
)
