// This file owns the pictures: a code drawn by the widget of the agent's
// window, by Fyne's own painter, then turned and blurred as a camera does.

package main

import (
	"bytes"
	"errors"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"math/rand/v2"
	"sync"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/theme"

	"countersign/ui/look"
	"countersign/ui/parts"
)

// How a picture is spoiled.
const (
	leastModule = 4.0 // pixels
	mostModule  = 8.0
	mostTurn    = 2.0 // degrees, to either side
	blurRadius  = 1   // pixels around the one that is blurred
)

// quietModules is the margin of a code on each side, in modules.
const quietModules = 4

// frameBytes is the length of a frame behind its text: "CP1:" and base45, which
// makes three characters of two bytes.
func frameBytes(text string) int {
	digits := len(text) - len("CP1:")
	return digits/3*2 + digits%3/2
}

// picture draws text at a random size, spoils it and returns it as a PNG file,
// with the version of the QR code.
func picture(random *rand.Rand, text string) (file []byte, version int, err error) {
	scale := leastModule + random.Float64()*(mostModule-leastModule)
	turn := (2*random.Float64() - 1) * mostTurn
	variant := theme.VariantLight
	if random.IntN(2) == 0 {
		variant = theme.VariantDark
	}
	page := look.New(look.Settings{}).Color(theme.ColorNameBackground, variant)
	drawn, modules, err := drawCode(text, scale, page)
	if err != nil {
		return nil, 0, err
	}
	ground := color.GrayModel.Convert(page).(color.Gray).Y
	file, err = encoded(blur(turned(drawn, turn, ground), blurRadius))
	return file, (modules - 2*quietModules - 17) / 4, err
}

// encoded is a picture as a PNG file.
func encoded(g *image.Gray) ([]byte, error) {
	var b bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestSpeed}
	err := encoder.Encode(&b, g)
	return b.Bytes(), err
}

// painting is held while Fyne draws: it draws one thing at a time.
var painting sync.Mutex

// drawCode draws text as the agent's window does, scale pixels a module, on a
// page of this colour. It returns how many modules wide the code is with its
// margin.
func drawCode(text string, scale float64, page color.Color) (drawn *image.Gray, modules int, err error) {
	painting.Lock()
	defer painting.Unlock()
	code, err := parts.QR(text, 1)
	if err != nil {
		return nil, 0, err
	}
	modules, err = modulesOf(code)
	if err != nil {
		return nil, 0, err
	}
	edge := float32(math.Ceil(float64(modules) * scale))
	margin := float32(math.Ceil(float64(edge) * 0.05)) // so that no corner turns out of the picture
	window := software.NewTransparentCanvas()
	window.SetPadded(false)
	window.SetContent(container.NewStack(canvas.NewRectangle(page), container.NewWithoutLayout(code)))
	window.Resize(fyne.NewSquareSize(edge + 2*margin))
	code.Resize(fyne.NewSquareSize(edge))
	code.Move(fyne.NewSquareOffsetPos(margin))
	captured := window.Capture()
	drawn = image.NewGray(captured.Bounds())
	draw.Draw(drawn, drawn.Rect, captured, captured.Bounds().Min, draw.Src)
	return drawn, modules, nil
}

// modulesOf finds how many modules wide the code is that a widget shows.
func modulesOf(code fyne.CanvasObject) (int, error) {
	for _, o := range code.(*fyne.Container).Objects {
		if picture, ok := o.(*canvas.Image); ok {
			return picture.Image.Bounds().Dx(), nil
		}
	}
	return 0, errors.New("the widget shows no picture")
}

// turned turns a picture around its centre, counter-clockwise by degrees. What
// comes in at the corners is the page.
func turned(g *image.Gray, degrees float64, page uint8) *image.Gray {
	out := image.NewGray(g.Rect)
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	middleX, middleY := float64(g.Rect.Dx()-1)/2, float64(g.Rect.Dy()-1)/2
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			fromX, fromY := float64(x)-middleX, float64(y)-middleY
			out.Pix[y*out.Stride+x] = between(g, middleX+cos*fromX-sin*fromY, middleY+sin*fromX+cos*fromY, page)
		}
	}
	return out
}

// between is the brightness at a place between four pixels: the mean of them,
// each weighted by how near it is.
func between(g *image.Gray, x, y float64, page uint8) uint8 {
	left, top := math.Floor(x), math.Floor(y)
	right, down := x-left, y-top
	at := func(dx, dy int) float64 {
		px, py := int(left)+dx, int(top)+dy
		if px < 0 || py < 0 || px >= g.Rect.Dx() || py >= g.Rect.Dy() {
			return float64(page)
		}
		return float64(g.Pix[py*g.Stride+px])
	}
	return uint8(math.Round((1-down)*((1-right)*at(0, 0)+right*at(1, 0)) + down*((1-right)*at(0, 1)+right*at(1, 1))))
}

// blur gives each pixel the mean of the square around it (a box blur).
func blur(g *image.Gray, radius int) *image.Gray {
	out := image.NewGray(g.Rect)
	for y := range g.Rect.Dy() {
		for x := range g.Rect.Dx() {
			sum, n := 0, 0
			for sy := max(y-radius, 0); sy <= min(y+radius, g.Rect.Dy()-1); sy++ {
				for sx := max(x-radius, 0); sx <= min(x+radius, g.Rect.Dx()-1); sx++ {
					sum += int(g.Pix[sy*g.Stride+sx])
					n++
				}
			}
			out.Pix[y*out.Stride+x] = uint8((sum + n/2) / n)
		}
	}
	return out
}
