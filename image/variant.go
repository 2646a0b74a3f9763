package image

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Variant is what a URL asks of a picture: "NAME=VALUE" for each thing, joined by commas.
type Variant struct {
	// Text is what is asked in one order, without the signature: the same for the same.
	Text string
	// IsAuto says that the format depends on what the client accepts.
	IsAuto bool

	expires   int64 // seconds since 1970; 0: never
	signature string
	signed    string // what the signature is of: all behind it taken off
	source    Source
	output    Output
}

// IsVariant reports whether a segment of a path asks for a variant, rather than being a
// part of a name.
func IsVariant(segment string) bool {
	name, _, ok := strings.Cut(segment, "=")
	return ok && slices.Contains(variantNames(), name)
}

// variantNames are what a URL can ask.
func variantNames() []string {
	return []string{"w", "h", "dpr", "fit", "gravity", "enlarge", "background", "blur", "sharpen", "format", "q", "frames", "exp", "sig"}
}

// ReadVariant reads a segment. The error says what is wrong with it.
func ReadVariant(segment string) (*Variant, error) {
	v := &Variant{signed: segment}
	resize, steps := &Resize{}, []Step{}
	values := map[string]string{}
	for part := range strings.SplitSeq(segment, ",") {
		name, value, _ := strings.Cut(part, "=")
		if _, twice := values[name]; twice || !slices.Contains(variantNames(), name) || value == "" {
			return nil, fmt.Errorf("%q is nothing that a picture can be asked for, or there twice", part)
		}
		values[name] = value
		if err := v.read(name, value, resize, &steps); err != nil {
			return nil, fmt.Errorf("%q: %w", part, err)
		}
	}
	if rest, ok := strings.CutSuffix(segment, ",sig="+v.signature); ok {
		v.signed = rest
	} else if v.signature != "" {
		return nil, fmt.Errorf("the signature comes last")
	}
	if resize.Width > 0 || resize.Height > 0 {
		v.source.Steps = append(v.source.Steps, NewStep("resize", resize))
	} else if resize.DPR != 0 || resize.Fit+resize.Gravity != "" || resize.Enlarge || len(resize.Background) > 0 {
		return nil, fmt.Errorf("dpr, fit, gravity, enlarge and background are about a size: there is neither w nor h")
	}
	v.source.Steps = append(v.source.Steps, steps...)
	delete(values, "sig")
	delete(values, "exp")
	for _, name := range variantNames() {
		if value, ok := values[name]; ok {
			v.Text += "," + name + "=" + value
		}
	}
	v.Text = strings.TrimPrefix(v.Text, ",")
	if v.Text == "" {
		return nil, fmt.Errorf("nothing is asked for")
	}
	v.IsAuto = v.output.Format == "auto"
	inputs := 0
	if err := v.source.check(1, &inputs, 0); err != nil {
		return nil, err
	}
	return v, v.output.check()
}

// read takes in one thing that is asked.
func (v *Variant) read(name, value string, resize *Resize, steps *[]Step) (err error) {
	number := func() float64 {
		x, problem := strconv.ParseFloat(value, 64)
		if problem != nil {
			err = fmt.Errorf("it is no number")
		}
		return x
	}
	whole := func() int {
		x, problem := strconv.Atoi(value)
		if problem != nil || x < 1 {
			err = fmt.Errorf("it is no number from 1 on")
		}
		return x
	}
	switch name {
	case "w":
		resize.Width = whole()
	case "h":
		resize.Height = whole()
	case "dpr":
		resize.DPR = number()
	case "fit":
		resize.Fit = value
	case "gravity":
		resize.Gravity = value
	case "enlarge":
		resize.Enlarge = value == "true"
	case "background":
		err = json.Unmarshal(fmt.Appendf(nil, "%q", "#"+value), &resize.Background)
	case "blur":
		*steps = append(*steps, NewStep("blur", &Blur{Sigma: number()}))
	case "sharpen":
		*steps = append(*steps, NewStep("sharpen", &Sharpen{Amount: number()}))
	case "format":
		v.output.Format = value
	case "q":
		v.output.Quality = whole()
	case "frames":
		v.source.Frames = whole()
	case "exp":
		v.expires = int64(whole())
	case "sig":
		v.signature = value
	}
	return err
}

// Job is the variant as a job over one file. accepts are the formats that the client
// names.
func (v *Variant) Job(accepts []string) []byte {
	output := v.output
	output.Accepts = accepts
	text, _ := json.Marshal(Job{v.source, output}) // it was read
	return text
}

// Verify reports whether the variant is signed by a key for a path, and has not expired.
// before and behind are what stands around the segment, the query included.
func (v *Variant) Verify(key []byte, before, behind string, now time.Time) bool {
	if v.signature == "" || v.expires != 0 && now.Unix() > v.expires {
		return false
	}
	return hmac.Equal([]byte(v.signature), []byte(Sign(key, before+v.signed+behind)))
}

// Sign returns the signature of a path and query, the segment of the variant with
// everything but the signature in it: HMAC with SHA-256, in base64 for URLs.
func Sign(key []byte, target string) string {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(target))
	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// Accepted lists the formats among AVIF and WebP that an Accept field names itself, with
// a weight that is not 0: that a client takes anything says nothing of what it can show.
func Accepted(accept string) (formats []string) {
	for _, format := range []string{avif, webp} {
		for part := range strings.SplitSeq(accept, ",") {
			kind, params, _ := strings.Cut(part, ";")
			weight := strings.ReplaceAll(params, " ", "")
			if strings.EqualFold(strings.TrimSpace(kind), "image/"+format) && !isZero(weight) {
				formats = append(formats, format)
				break
			}
		}
	}
	return formats
}

// isZero reports whether parameters end with a weight of 0 (RFC 9110 §12.4.2).
func isZero(params string) bool {
	_, q, ok := strings.Cut(strings.ToLower(params), "q=")
	return ok && strings.Trim(q, "0.") == ""
}
