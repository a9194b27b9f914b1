package main

import "example.com/store/commands"

func main() { commands.Run() }
