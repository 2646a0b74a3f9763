package cli

import (
	"fmt"
	"strings"
)

const about = "Hedge is a programmable edge: it serves apps written in JavaScript and TypeScript.\n"

func helpCommand(w World, list []command) command {
	c := command{
		name:    "help",
		args:    "[COMMAND]",
		maxArgs: 1,
		summary: "Explain a command",
	}
	c.run = func(args []string) error {
		all := append(list[:len(list):len(list)], c)
		if len(args) == 0 {
			_, err := fmt.Fprint(w.Stdout, longHelp(all))
			return err
		}
		about, err := findCommand(all, args[0])
		if err != nil {
			return err
		}
		_, err = fmt.Fprint(w.Stdout, commandHelp(about))
		return err
	}
	return c
}

func shortHelp(list []command) string {
	return about + "\n" + commandTable(list) + "\nSee `hedge help COMMAND` for more.\n"
}

func longHelp(list []command) string {
	var b strings.Builder
	b.WriteString(about + "\nUsage: hedge COMMAND [OPTIONS] [ARGUMENTS]\n\n" + commandTable(list))
	b.WriteString(`
An app is a folder with a hedge.toml:

  name = "shop"
  main = "src/index.ts"     # export default { fetch(request, env, ctx) { … } }

Exit codes: 0 all went well, 1 it failed, 2 the arguments make no sense.
Colours are for terminals; NO_COLOR=1 turns them off.
See ` + "`hedge help COMMAND`" + ` for a command's options.
`)
	return b.String()
}

func commandTable(list []command) string {
	rows := make([][2]string, len(list))
	for i, c := range list {
		rows[i] = [2]string{strings.TrimSpace(c.name + " " + c.args), c.summary}
	}
	return table(rows)
}

func commandHelp(c command) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s.\n\nUsage: %s\n", c.summary, usageLine(c))
	if c.text != "" {
		b.WriteString("\n" + c.text)
	}
	rows := make([][2]string, 0, len(c.options)+1)
	for _, o := range c.options {
		rows = append(rows, [2]string{strings.TrimSpace(o.name + " " + o.value), o.help})
	}
	rows = append(rows, [2]string{"-h, --help", "print this"})
	b.WriteString("\nOptions:\n" + table(rows))
	return b.String()
}

func usageLine(c command) string {
	line := "hedge " + c.name
	if len(c.options) > 0 {
		line += " [OPTIONS]"
	}
	return strings.TrimSpace(line + " " + c.args)
}

// table lays out rows of two columns, indented by two.
func table(rows [][2]string) string {
	width := 0
	for _, row := range rows {
		width = max(width, len(row[0]))
	}
	var b strings.Builder
	for _, row := range rows {
		fmt.Fprintf(&b, "  %-*s  %s\n", width, row[0], row[1])
	}
	return b.String()
}
