// Tests of finding a code where its corners or its size are easily mistaken,
// and of not searching for ever. How often codes are read from a screen is
// counted by ui/parts (make qr-study).

package qr

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode/detector"

	"countersign/session/protocol/ending"
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

// Every row is read, each for two codes. zbarimg reads the rows up to 0.1 of
// tilt, and no inverted one.
func TestCodesAreReadFromEverySide(t *testing.T) {
	rows := map[string]shot{
		"inverted":                      {inverted: true, pixels: 4},
		"inverted, turned":              {inverted: true, pixels: 4, degrees: 45},
		"inverted, from below":          {inverted: true, pixels: 5, tilt: 0.3},
		"mirrored":                      {mirrored: true, pixels: 4, degrees: 20},
		"noise":                         {pixels: 5, noise: 20},
		"much noise, turned":            {pixels: 5, noise: 40, degrees: 45},
		"blur":                          {pixels: 4, blur: 2},
		"much blur, turned":             {pixels: 5, blur: 4, degrees: 45},
		"a shadow, turned":              {pixels: 4, shade: 0.7, degrees: 45},
		"small, turned":                 {pixels: 2.5, degrees: 45},
		"from a corner":                 {pixels: 5, tilt: 0.15, pan: 0.3},
		"from far below":                {pixels: 5, tilt: 0.5},
		"from far below, turned by 20":  {pixels: 6, tilt: 0.4, degrees: 20},
		"from far below, turned by 200": {pixels: 6, tilt: 0.4, degrees: 200},
		"by hand":                       {pixels: 5, degrees: 33, tilt: 0.25, pan: 0.1, noise: 10, blur: 1, shade: 0.4},
		"by hand, inverted":             {pixels: 5, degrees: -50, tilt: 0.2, noise: 10, blur: 1, shade: 0.4, inverted: true},
	}
	for _, degrees := range []float64{15, 30, 45, 60, 75, 90, 135, 180, 222, 300} {
		rows[fmt.Sprintf("turned by %g", degrees)] = shot{pixels: 4, degrees: degrees}
	}
	for _, tilt := range []float64{0.1, 0.2, 0.3} {
		rows[fmt.Sprintf("from below, %g", tilt)] = shot{pixels: 5, tilt: tilt}
		rows[fmt.Sprintf("from below, %g, turned", tilt)] = shot{pixels: 5, tilt: tilt, degrees: 45}
		rows[fmt.Sprintf("from the side, %g", tilt)] = shot{pixels: 5, pan: tilt, degrees: 10}
	}
	for name, row := range rows {
		for seed := range uint64(2) {
			text := textOf(seed, 560+160*int(seed))
			picture := row.take(grey(decodePNG(t, makePNG(t, text, 1)), 1), seed)
			if got, err := ReadImage(bytes.NewReader(encodePNG(t, picture))); err != nil || got != text {
				t.Errorf("%s, %d characters: %v", name, len(text), err)
			}
		}
	}
	// The smallest codes have no alignment pattern, or one.
	for _, text := range []string{"CT1:A", "CT1:relay.example:4222/ABCD-EFGH-IJKL-MN27"} {
		picture := shot{pixels: 9, degrees: 40, tilt: 0.2}.take(grey(decodePNG(t, makePNG(t, text, 1)), 1), 3)
		if got, err := ReadImage(bytes.NewReader(encodePNG(t, picture))); err != nil || got != text {
			t.Errorf("%s: %q, %v", text, got, err)
		}
	}
}

// A picture full of corners makes no more work than the limits say.
func TestOutlinesAndLayoutsAreLimited(t *testing.T) {
	const apart = 14 * 6 // as in the smallest code
	page := image.NewGray(image.Rect(0, 0, 600, 600))
	for i := range page.Pix {
		page.Pix[i] = 255
	}
	for y := 0; y < 7*apart; y += apart {
		for x := 0; x < 7*apart; x += apart {
			drawCorner(page, image.Pt(x, y), 6)
		}
	}
	light, err := gozxing.NewPlanarYUVLuminanceSource(page.Pix, 600, 600, 0, 0, 600, 600, false)
	if err != nil {
		t.Fatal(err)
	}
	black, err := gozxing.NewGlobalHistgramBinarizer(light).GetBlackMatrix()
	if err != nil {
		t.Fatal(err)
	}
	found := centres(t.Context(), black)
	if len(found) < 40 {
		t.Fatalf("only %d corners are found", len(found))
	}
	all := outlines(t.Context(), black, found)
	if len(all) != mostOutlines || len(layouts(all)) != mostLayouts {
		t.Errorf("%d outlines, %d layouts", len(all), len(layouts(all)))
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if all := outlines(over, black, found); len(all) != 0 {
		t.Errorf("%d outlines were followed after the deadline", len(all))
	}
}

// The search by outlines ends at the deadline too, though it would find a code.
func TestTheSearchByOutlinesEndsAtItsDeadline(t *testing.T) {
	text := textOf(1, 600)
	g := shot{pixels: 4, degrees: 45}.take(grey(decodePNG(t, makePNG(t, text, 1)), 1), 1)
	light, err := gozxing.NewPlanarYUVLuminanceSource(g.Pix, g.Rect.Dx(), g.Rect.Dy(), 0, 0, g.Rect.Dx(), g.Rect.Dy(), false)
	if err != nil {
		t.Fatal(err)
	}
	black, err := gozxing.NewHybridBinarizer(light).GetBlackMatrix()
	if err != nil {
		t.Fatal(err)
	}
	found := layouts(outlines(t.Context(), black, centres(t.Context(), black)))
	if got, ok := readLayouts(t.Context(), black, found); !ok || got != text {
		t.Fatalf("%q", got)
	}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if _, ok := readLayouts(over, black, found); ok {
		t.Error("a code is read after the deadline")
	}
}

// Whatever the colours, every kind of picture is as light as image.Image says.
func TestEveryKindOfPictureIsAsLightAsItIs(t *testing.T) {
	box := image.Rect(-3, 5, 37, 25)
	random := rand.New(rand.NewPCG(3, 4))
	colours := color.Palette{color.Black, color.White, color.NRGBA{200, 10, 90, 255}, color.NRGBA{0, 0, 0, 0}, color.NRGBA{250, 250, 0, 120}}
	for _, picture := range []draw.Image{image.NewRGBA(box), image.NewNRGBA(box), image.NewGray(box), image.NewPaletted(box, colours), image.NewCMYK(box), image.NewNRGBA64(box)} {
		for y := box.Min.Y; y < box.Max.Y; y++ {
			for x := box.Min.X; x < box.Max.X; x++ {
				picture.Set(x, y, colours[random.IntN(len(colours))])
			}
		}
		for _, part := range []image.Image{picture, picture.(interface {
			SubImage(image.Rectangle) image.Image
		}).SubImage(image.Rect(2, 8, 20, 20))} {
			light := lightOf(part)
			for y := part.Bounds().Min.Y; y < part.Bounds().Max.Y; y++ {
				for x := part.Bounds().Min.X; x < part.Bounds().Max.X; x++ {
					if got, want := light(x, y), lightness(part.At(x, y).RGBA()); abs(int(got)-int(want)) > 2 {
						t.Fatalf("%T at %d, %d: %d, want %d", part, x, y, got, want)
					}
				}
			}
		}
	}
}

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
