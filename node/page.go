package node

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the page and its style
	"encoding/base64"
	"errors"
	"html/template"
	"strconv"
	"strings"

	"hedge"
	"hedge/httpmsg"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageStyle string

var pageTemplate = template.Must(template.New("page").Parse(pageHTML))

// page is what an error's answer says.
type page struct {
	Status  int
	Reason  string
	Outcome hedge.Outcome
	Text    string // for the public
	Detail  detail // empty in production
}

// detail is what the developer gets to know.
type detail struct {
	Message    string
	Exceptions []exceptionView // with its causes
	Log        string          // the chain of errors, where there is no exception
}

// exceptionView is an exception as the page shows it.
type exceptionView struct {
	Name, Message string
	Frames        []string
	Where         string // the frame that Excerpt shows
	Excerpt       []sourceLine
}

// sourceLine is a line of an excerpt.
type sourceLine struct {
	Text   string
	Marked bool
}

// excerptLines is how many lines of source stand above and below the marked one.
const excerptLines = 5

// detail describes an error to the developer.
func (x *exchange) detail(err error, v verdict) (d detail) {
	if !x.node.cfg.Dev {
		return d
	}
	d.Message = message(err)
	var known *hedge.Error
	if !errors.As(err, &known) || known.Exception == nil {
		if v.status >= 500 {
			d.Log = err.Error()
		}
		return d
	}
	for thrown := known.Exception; thrown != nil; thrown = thrown.Cause {
		d.Exceptions = append(d.Exceptions, x.view(thrown))
	}
	return d
}

func (x *exchange) view(thrown *hedge.Exception) exceptionView {
	v := exceptionView{Name: thrown.Name, Message: thrown.Message}
	if v.Name == "" {
		v.Name = "Uncaught"
	}
	for _, f := range thrown.Frames {
		v.Frames = append(v.Frames, f.String())
	}
	at, ok := thrown.Place()
	if !ok || x.app == nil || x.app.code == nil {
		return v
	}
	v.Where = at.String()
	for line := range strings.Lines(x.app.code.Excerpt(at, excerptLines)) {
		v.Excerpt = append(v.Excerpt, sourceLine{strings.TrimRight(line, "\n"), strings.HasPrefix(line, ">")})
	}
	return v
}

// render makes the response: HTML for those who ask for it, or else plain text.
func (p *page) render(accept *httpmsg.Header) *httpmsg.Response {
	if kind, _ := httpmsg.NegotiateType(accept, "text/plain", "text/html"); kind != "text/html" {
		return httpmsg.Text(p.Status, p.plain())
	}
	var b bytes.Buffer
	style := struct {
		*page
		Style template.CSS
	}{p, template.CSS(pageStyle)}
	if err := pageTemplate.Execute(&b, style); err != nil {
		return httpmsg.Text(p.Status, p.plain())
	}
	res := httpmsg.Bytes(p.Status, "text/html; charset=utf-8", b.Bytes())
	sum := sha256.Sum256([]byte(pageStyle))
	res.Header.Add("Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "+
		"style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'")
	return res
}

// plain returns the page as text.
func (p *page) plain() string {
	var b strings.Builder
	b.WriteString(strconv.Itoa(p.Status) + " " + p.Reason + " (" + string(p.Outcome) + ")\n" + p.Text + "\n")
	if p.Detail.Message != "" {
		b.WriteString("\n" + p.Detail.Message + "\n")
	}
	for _, x := range p.Detail.Exceptions {
		b.WriteString("\n" + x.Name + ": " + x.Message + "\n")
		for _, f := range x.Frames {
			b.WriteString("    at " + f + "\n")
		}
		for i, line := range x.Excerpt {
			if i == 0 {
				b.WriteByte('\n')
			}
			b.WriteString(line.Text + "\n")
		}
	}
	if p.Detail.Log != "" && p.Detail.Log != p.Detail.Message {
		b.WriteString("\n" + p.Detail.Log + "\n")
	}
	return b.String()
}
