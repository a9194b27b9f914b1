package cmd

import (
	"net/http"

	"github.com/spf13/cobra"
)

var serve = &cobra.Command{
	Use: "serve",
	Run: func(*cobra.Command, []string) { http.ListenAndServe(":7070", nil) },
}
