// Command hedge is a programmable edge: `hedge help` says what it does.
package main

import (
	"os"

	"hedge/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], cli.System()))
}
