package image

import (
	"bytes"
	"fmt"
	"image"
	"image/draw"
	"math"

	"github.com/go-text/typesetting/di"
	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/font/opentype"
	"github.com/go-text/typesetting/shaping"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// face is the font that text is written in.
func (t *Text) face(inputs [][]byte) (*font.Face, error) {
	file := goregular.TTF
	if t.Bold {
		file = gobold.TTF
	}
	if t.Font != nil {
		file = inputs[*t.Font]
	}
	face, err := font.ParseTTF(bytes.NewReader(file))
	if err != nil {
		return nil, fmt.Errorf("the font is no TrueType or OpenType file: %w", err)
	}
	return face, nil
}

// textStyle is how text is set. Lengths are in pixels.
type textStyle struct {
	size        float64
	width, most int // where lines end, and the height beyond which nothing is drawn
	align       string
	lineHeight  float64 // as a part of the size
}

// mask is how much of each pixel something covers.
type mask struct {
	alpha         []byte
	width, height int
}

// one face for all characters: those that it lacks show as it shows what it lacks.
type oneFace struct{ *font.Face }

func (f oneFace) ResolveFace(rune) *font.Face { return f.Face }

// drawText shapes text, breaks it into lines and draws it. Line feeds begin a new line.
func drawText(face *font.Face, text string, style textStyle) (*mask, error) {
	var lines []shaping.Line
	for paragraph := range bytes.SplitSeq([]byte(text), []byte("\n")) {
		lines = append(lines, shapeParagraph(face, []rune(string(paragraph)), style)...)
	}
	metrics, _ := face.FontHExtents()
	scale := style.size / float64(face.Upem())
	ascent, descent := float64(metrics.Ascender)*scale, -float64(metrics.Descender)*scale
	step := style.size * 1.25
	if style.lineHeight > 0 {
		step = style.size * style.lineHeight
	}
	height := int(math.Ceil(ascent + descent + step*float64(len(lines)-1)))
	width := 0.0
	for _, line := range lines {
		width = max(width, lineWidth(line))
	}
	m := &mask{width: int(math.Ceil(width)) + 2, height: min(height, style.most)}
	if m.width <= 2 || m.height <= 0 {
		return nil, fmt.Errorf("the text has nothing that could be drawn")
	}
	r := vector.NewRasterizer(m.width, m.height)
	for i, line := range lines {
		x := 1.0
		switch left := width - lineWidth(line); style.align {
		case "center":
			x += left / 2
		case "right":
			x += left
		}
		addLine(r, line, x, ascent+step*float64(i), scale)
	}
	picture := image.NewAlpha(image.Rect(0, 0, m.width, m.height))
	r.DrawOp = draw.Src
	r.Draw(picture, picture.Bounds(), image.Opaque, image.Point{})
	m.alpha = picture.Pix
	return m, nil
}

// shapeParagraph turns characters into lines of glyphs.
func shapeParagraph(face *font.Face, text []rune, style textStyle) []shaping.Line {
	if len(text) == 0 {
		return []shaping.Line{nil}
	}
	var segmenter shaping.Segmenter
	runs := segmenter.Split(shaping.Input{
		Text: text, RunEnd: len(text), Face: face, Size: fixed.Int26_6(style.size * 64), Direction: di.DirectionLTR, Language: "en",
	}, oneFace{face})
	var shaper shaping.HarfbuzzShaper
	shaped := make([]shaping.Output, len(runs))
	for i, run := range runs {
		run.Size = fixed.Int26_6(style.size * 64)
		shaped[i] = shaper.Shape(run)
	}
	var wrapper shaping.LineWrapper
	lines, _ := wrapper.WrapParagraph(shaping.WrapConfig{Direction: di.DirectionLTR, BreakPolicy: shaping.WhenNecessary}, style.width, text, shaping.NewSliceIterator(shaped))
	return lines
}

func lineWidth(line shaping.Line) (width float64) {
	for _, run := range line {
		width += pixels(run.Advance)
	}
	return width
}

func pixels(v fixed.Int26_6) float64 { return float64(v) / 64 }

// addLine adds the outlines of a line's glyphs, from x on, on a baseline.
func addLine(r *vector.Rasterizer, line shaping.Line, x, baseline, scale float64) {
	ordered := make(shaping.Line, len(line))
	for _, run := range line {
		ordered[run.VisualIndex] = run
	}
	for _, run := range ordered {
		for _, g := range run.Glyphs {
			if outline, ok := run.Face.GlyphDataOutline(g.GlyphID); ok {
				addOutline(r, outline, x+pixels(g.XOffset), baseline-pixels(g.YOffset), scale)
			}
			x += pixels(g.Advance)
		}
	}
}

// addOutline adds the outline of a glyph, whose y goes up.
func addOutline(r *vector.Rasterizer, outline font.GlyphOutline, x, y, scale float64) {
	at := func(p opentype.SegmentPoint) (float32, float32) {
		return float32(x + float64(p.X)*scale), float32(y - float64(p.Y)*scale)
	}
	for _, s := range outline.Segments {
		ax, ay := at(s.Args[0])
		bx, by := at(s.Args[1])
		cx, cy := at(s.Args[2])
		switch s.Op {
		case opentype.SegmentOpMoveTo:
			r.ClosePath()
			r.MoveTo(ax, ay)
		case opentype.SegmentOpLineTo:
			r.LineTo(ax, ay)
		case opentype.SegmentOpQuadTo:
			r.QuadTo(ax, ay, bx, by)
		case opentype.SegmentOpCubeTo:
			r.CubeTo(ax, ay, bx, by, cx, cy)
		}
	}
	r.ClosePath()
}
