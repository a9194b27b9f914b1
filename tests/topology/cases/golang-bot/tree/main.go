package main

import (
	"os"
	"os/signal"

	"github.com/bwmarrin/discordgo"
)

func main() {
	session, _ := discordgo.New("Bot " + os.Getenv("TOKEN"))
	session.Open()
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, os.Interrupt)
	<-stop
	session.Close()
}
