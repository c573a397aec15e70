// Tests of finding a code where its corners or its size are easily mistaken,
// and of not searching for ever. How often codes are read from a screen is
// counted by app/qrstudy.

package qr

import (
	"bytes"
	"image"
	"image/draw"
	"image/png"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing/qrcode/detector"

	"countersign/session/ending"
)

// photographed turns a picture of a code by degrees and blurs it, with more
// white around it so that no corner is lost.
func photographed(code image.Image, degrees float64) *image.Gray {
	margin := code.Bounds().Dx() / 10
	side := code.Bounds().Dx() + 2*margin
	middle := float64(side-1) / 2
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	turned := image.NewGray(image.Rect(0, 0, side, side))
	source := grey(code, 1)
	for y := range side {
		for x := range side {
			fromX, fromY := float64(x)-middle, float64(y)-middle
			at := image.Pt(int(math.Round(middle+cos*fromX-sin*fromY))-margin, int(math.Round(middle+sin*fromX+cos*fromY))-margin)
			turned.Pix[y*turned.Stride+x] = 255
			if at.In(source.Rect) {
				turned.Pix[y*turned.Stride+x] = source.GrayAt(at.X, at.Y).Y
			}
		}
	}
	blurred := image.NewGray(turned.Rect)
	for y := 1; y < side-1; y++ {
		for x := 1; x < side-1; x++ {
			sum := 0
			for i := range 9 {
				sum += int(turned.Pix[(y-1+i/3)*turned.Stride+x-1+i%3])
			}
			blurred.Pix[y*blurred.Stride+x] = uint8(sum / 9)
		}
	}
	return blurred
}

func encodePNG(t testing.TB, picture image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// drawCorner draws a corner pattern of modules of some pixels at a place.
func drawCorner(on *image.Gray, at image.Point, pixels int) {
	for y := range 9 * pixels {
		for x := range 9 * pixels {
			ring := max(abs(x/pixels-4), abs(y/pixels-4)) // 0 in the middle, 4 is the margin
			on.Pix[(at.Y+y)*on.Stride+at.X+x] = 0
			if ring == 2 || ring == 4 {
				on.Pix[(at.Y+y)*on.Stride+at.X+x] = 255
			}
		}
	}
}

func abs(n int) int { return max(n, -n) }

func TestPhotographedCodesAreRead(t *testing.T) {
	for seed := range uint64(10) {
		text := textOf(seed, 560+80*int(seed))
		degrees := -2 + 4*float64(seed)/9
		code := decodePNG(t, makePNG(t, text, 4+int(seed)%3))
		if got, err := ReadImage(bytes.NewReader(encodePNG(t, photographed(code, degrees)))); err != nil || got != text {
			t.Errorf("seed %d, turned by %.1f degrees: %v", seed, degrees, err)
		}
	}
}

// The corners beside the code are a better half square than its own, for it is
// turned.
func TestOtherCornersDoNotHideACode(t *testing.T) {
	text := textOf(9, 620)
	code := photographed(decodePNG(t, makePNG(t, text, 4)), 2)
	page := image.NewGray(image.Rect(0, 0, 700, 700))
	draw.Draw(page, page.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(page, code.Rect.Add(image.Pt(100, 100)), code, image.Point{}, draw.Src)
	for _, at := range []image.Point{{10, 10}, {650, 10}, {10, 650}} {
		drawCorner(page, at, 4)
	}
	if got, err := ReadImage(bytes.NewReader(encodePNG(t, page))); err != nil || got != text {
		t.Errorf("%v", err)
	}
}

// A size that is estimated well may still be nearer to another version's.
func TestEverySizeNearTheEstimateIsTried(t *testing.T) {
	for across, want := range map[float64][]int{
		85: {85, 81, 89, 77, 93}, 87.4: {89, 85, 93, 81, 97}, 84.1: {85, 81, 89, 77, 93}, 21: {21, 25, 29}, 180: {177, 173}, 300: nil,
	} {
		centre := func(x, y float64) *detector.FinderPattern { return detector.NewFinderPattern1(4*x, 4*y, 4) }
		between := across - 2*cornerCentre
		c := corners{topLeft: centre(10, 10), topRight: centre(10+between, 10), bottomLeft: centre(10, 10+between)}
		if got := c.widths(); !slices.Equal(got, want) {
			t.Errorf("%.1f modules: %v, want %v", across, got, want)
		}
	}
}

// Each place that looks like a corner is compared with all found before, and
// this picture has thirty thousand: the search gives up, long before its time
// is up.
func TestAPictureFullOfCornersIsNotSearchedForLong(t *testing.T) {
	page := image.NewGray(image.Rect(0, 0, workEdge-workEdge%9, workEdge-workEdge%9))
	for y := 0; y < page.Rect.Dy(); y += 9 {
		for x := 0; x < page.Rect.Dx(); x += 9 {
			drawCorner(page, image.Pt(x, y), 1)
		}
	}
	_, err := ReadImage(bytes.NewReader(encodePNG(t, page)))
	wantReason(t, "a picture full of corners", err, ending.NotACode)
	if err != nil && strings.Contains(err.Error(), "in time") {
		t.Error(err)
	}
}
