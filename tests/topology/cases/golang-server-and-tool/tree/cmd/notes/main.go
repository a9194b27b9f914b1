package main

import (
	"github.com/charmbracelet/bubbletea"
	"github.com/spf13/cobra"
)

func main() {}
