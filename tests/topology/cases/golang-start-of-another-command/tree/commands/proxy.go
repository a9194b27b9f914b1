package commands

import (
	"net"

	"github.com/spf13/cobra"
	"google.golang.org/grpc"
)

var rootCmd = &cobra.Command{Use: "store"}

var proxy = &cobra.Command{Use: "proxy"}

var startProxy = &cobra.Command{Use: "start"}

func Run() {
	proxy.AddCommand(startProxy)
	rootCmd.AddCommand(proxy)
	listener, _ := net.Listen("tcp", ":7400")
	grpc.NewServer().Serve(listener)
}
