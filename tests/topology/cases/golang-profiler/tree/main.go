package main

import "github.com/spf13/cobra"

var root = &cobra.Command{Use: "backup"}

func main() { root.Execute() }
