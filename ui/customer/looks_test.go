// This file owns the tests of how the screens look: goldens in light and dark,
// what must fit where, and that everything has a name.

package customer

import (
	"os"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"countersign/ui/look"
	"countersign/ui/parts/partstest"
)

// set plays a scene and checks that it arrived where its row says.
func set(t *testing.T, sh shape, s look.Settings, language string, size fyne.Size) *scene {
	t.Helper()
	sc := newScene(t, s, language, size)
	sh.play(sc)
	sc.relayout()
	if got := sc.side.state.Kind(); got != sh.kind {
		t.Fatalf("screen %s, want %s:\n%s", got, sh.kind, sc.texts())
	}
	if sc.self.call != nil && sh.phase != "" && sc.self.call.machine.Phase != sh.phase {
		t.Fatalf("phase %v, want %v", sc.self.call.machine.Phase, sh.phase)
	}
	if st := sc.side.state.Story; sh.judged && (!st.Judged || st.Shown.Result != sh.result) {
		t.Fatalf("verdict %v %v, want %v", st.Judged, st.Shown.Result, sh.result)
	}
	return sc
}

// TestGoldens holds every screen to what was looked at. Changed screens are
// written to testdata/failed: look at them, then copy them over.
func TestGoldens(t *testing.T) {
	for name, variant := range map[string]look.Variant{"light": look.Light, "dark": look.Dark} {
		for _, sh := range shapes {
			t.Run(name+"/"+sh.name, func(t *testing.T) {
				sc := set(t, sh, look.Settings{Variant: variant}, "en", normal)
				test.AssertRendersToMarkup(t, name+"/"+sh.name+".xml", sc.w.Canvas())
				if sh.picture {
					test.AssertImageMatches(t, name+"/"+sh.name+".png", sc.w.Canvas().Capture())
				}
			})
		}
	}
}

// fits are the windows and sizes of text that every screen must fit. Where the
// text is large or the window small a page may scroll, its head and its
// buttons may not.
var fits = []struct {
	name     string
	settings look.Settings
	size     fyne.Size
	scrolls  bool
}{
	{"normal", look.Settings{}, normal, false},
	{"low", look.Settings{Low: true}, fyne.NewSize(1280, 720), false},
	{"small", look.Settings{Compact: true}, small, true},
	{"large text", look.Settings{TextScale: 2, Compact: true}, normal, true},
	{"large text, not compact", look.Settings{TextScale: 2}, normal, true},
}

func TestScreensFit(t *testing.T) {
	for _, f := range fits {
		for _, language := range []string{"en", "pl"} {
			for _, sh := range shapes {
				t.Run(f.name+"/"+language+"/"+sh.name, func(t *testing.T) {
					sc := set(t, sh, f.settings, language, f.size)
					for _, complaint := range partstest.Overflows(sc.w, f.scrolls || sh.scrolls) {
						t.Error(complaint)
					}
				})
			}
		}
	}
}

func TestEverythingHasAName(t *testing.T) {
	for _, sh := range shapes {
		t.Run(sh.name, func(t *testing.T) {
			sc := set(t, sh, look.Settings{}, "en", normal)
			for _, unnamed := range partstest.Unnamed(sc.w.Content()) {
				t.Errorf("a %s has no name", unnamed)
			}
			if sc.page.Title == "" {
				t.Error("the page has no title")
			}
			if partstest.Focusables(sc.w.Content()) != nil && sc.focused() == nil {
				t.Error("nothing has the focus")
			}
		})
	}
}

// TestPictures writes every screen as a picture for people to look at, into
// the folder that PICTURES names.
func TestPictures(t *testing.T) {
	out := os.Getenv("PICTURES")
	if out == "" {
		return
	}
	for name, v := range map[string]struct {
		settings look.Settings
		language string
		size     fyne.Size
	}{
		"light": {look.Settings{Variant: look.Light}, "en", normal},
		"dark":  {look.Settings{Variant: look.Dark}, "pl", normal},
		"small": {look.Settings{Variant: look.Light, Compact: true}, "pl", small},
		"large": {look.Settings{Variant: look.Light, TextScale: 2, Compact: true}, "pl", normal},
		"huge":  {look.Settings{Variant: look.Light, TextScale: 2}, "en", fyne.NewSize(2560, 1600)},
	} {
		for _, sh := range shapes {
			t.Run(name+"/"+sh.name, func(t *testing.T) {
				partstest.Picture(t, set(t, sh, v.settings, v.language, v.size).w, out+"/"+name+"/"+sh.name+".png")
			})
		}
	}
}
