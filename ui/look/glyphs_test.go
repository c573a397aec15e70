// Tests that what Draws says is what Fyne does.

package look

import (
	"image"
	"image/color"
	"testing"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/software"
	"fyne.io/fyne/v2/test"
)

// never is a character that no font has: the last for private use.
const never = '\U0010fffd'

// drawn is what Fyne makes of a text.
func drawn(text string, bold bool) image.Image {
	t := canvas.NewText(text, color.Black)
	t.TextSize = 40
	t.TextStyle.Bold = bold
	c := software.NewCanvas()
	c.SetPadded(false)
	c.SetContent(t)
	c.Resize(fyne.NewSize(80, 80))
	return c.Capture()
}

func same(a, b image.Image) bool {
	if a.Bounds() != b.Bounds() {
		return false
	}
	for y := a.Bounds().Min.Y; y < a.Bounds().Max.Y; y++ {
		for x := a.Bounds().Min.X; x < a.Bounds().Max.X; x++ {
			if a.At(x, y) != b.At(x, y) {
				return false
			}
		}
	}
	return true
}

// TestDrawsSaysWhatFyneDoes compares the picture of a letter with the picture
// of a character that no font has, on whatever fonts this computer has.
func TestDrawsSaysWhatFyneDoes(t *testing.T) {
	test.NewTempApp(t)
	for _, bold := range []bool{false, true} {
		missing := drawn(string(never), bold)
		letters := "aZ0&\u0142\u0130\u1ec7\u017f\u0259\u0411\u0451\u03a9\u0561\u05d0\u0634\u0e01\u0e19\u0915\u0995\u0ba4\u10d0\u12a0\u1780\u0f40\u1000\u3042\u30a2\u4e09\ud55c\u3105\u0780\ue000\U000e0001"
		for _, r := range letters {
			if unicode.Is(unicode.Cf, r) {
				continue // shows nothing, drawn or not
			}
			if got := !same(drawn(string(r), bold), missing); got != Draws(string(r)) {
				t.Errorf("%q (%U), bold %v: drawn %v, Draws says %v", r, r, bold, got, Draws(string(r)))
			}
		}
	}
}

func TestDraws(t *testing.T) {
	for text, want := range map[string]bool{
		"": true, "Example Bank": true, "examplebank.com": true, "M&T (UK), S.A.": true, "\u0141\u00f3d\u017a \u2019\u02bc": true,
		"\u0420\u0430\u0439\u0444\u0444\u0430\u0439\u0437\u0435\u043d": true, "\u0395\u03b8\u03bd\u03b9\u03ba\u03ae": true, // Fyne's own font has them
		string(never): false, "Example Bank" + string(never): false, "\ue000": false,
	} {
		if Draws(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}
