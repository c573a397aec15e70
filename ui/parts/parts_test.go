// This file tests what our widgets promise: keys, focus, names and callbacks.

package parts_test

import (
	"fmt"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/widget"
	"pgregory.net/rapid"

	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/parts/partstest"
)

var size = fyne.NewSize(1280, 800)

func TestSpaceAndEnterPressAButton(t *testing.T) {
	w := partstest.Window(t, look.Settings{}, "en", size)
	pressed := 0
	b := parts.NewButton(parts.Primary, "Show code", func() { pressed++ })
	partstest.Show(w, parts.Page(nil, nil, parts.Actions(b)), size)
	w.Canvas().Focus(b)
	for i, key := range []fyne.KeyName{fyne.KeySpace, fyne.KeyReturn, fyne.KeyEnter} {
		b.TypedKey(&fyne.KeyEvent{Name: key})
		if pressed != i+1 {
			t.Errorf("%s does not press the button", key)
		}
	}
	b.Disable()
	b.TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
	test.Tap(b)
	if pressed != 3 {
		t.Error("a disabled button can be pressed")
	}
}

func TestEveryControlIsNamed(t *testing.T) {
	w := partstest.Window(t, look.Settings{}, "en", size)
	page := parts.Page(nil, parts.Column(
		parts.NewButton(parts.Home, "Home", nil), parts.NewButton(parts.Quiet, "Help", nil),
		parts.NewChoice("1", "My phone rang", "", nil), parts.NewTiles(2, []string{"One", "Two"}, nil),
		parts.NewDigitBoxes("Code", 3, 3, nil), parts.NewSixDigits("Read-back", nil),
		parts.NewEntry("Address", ""), parts.NewSecretEntry("Passphrase"), parts.NewChat("Message", "Send", nil)), nil)
	partstest.Show(w, page, size)
	if unnamed := partstest.Unnamed(page); len(unnamed) > 0 {
		t.Error(unnamed)
	}
	if n := len(partstest.Focusables(page)); n != 11 {
		t.Errorf("%d controls can be focused", n)
	}
}

func TestTheNinthDigitNeedsNoEnter(t *testing.T) {
	w := partstest.Window(t, look.Settings{}, "en", size)
	var got []string
	boxes := parts.NewDigitBoxes("Code", 3, 3, func(digits string) { got = append(got, digits) })
	partstest.Show(w, boxes, size)
	test.Type(boxes, "482-913 05")
	if len(got) != 0 || boxes.Digits() != "48291305" {
		t.Fatal(got, boxes.Digits())
	}
	test.Type(boxes, "7")
	if len(got) != 1 || got[0] != "482913057" {
		t.Fatal(got)
	}
	test.Type(boxes, "1")
	if boxes.Digits() != "482913057" || len(got) != 1 {
		t.Error("a tenth digit changes something:", boxes.Digits(), got)
	}
}

func TestOneWrongDigitIsReplacedWhereItStands(t *testing.T) {
	w := partstest.Window(t, look.Settings{}, "en", size)
	var got string
	boxes := parts.NewDigitBoxes("Code", 3, 3, func(digits string) { got = digits })
	partstest.Show(w, boxes, size)
	test.Type(boxes, "482913057")
	key(boxes, fyne.KeyHome, fyne.KeyRight, fyne.KeyDelete)
	test.Type(boxes, "6")
	if got != "462913057" {
		t.Error(got)
	}
	key(boxes, fyne.KeyEnd, fyne.KeyBackspace)
	if boxes.Digits() != "46291305" {
		t.Error(boxes.Digits())
	}
}

func TestPasteFillsTheBoxes(t *testing.T) {
	w := partstest.Window(t, look.Settings{}, "en", size)
	var got string
	boxes := parts.NewSixDigits("Read-back", func(digits string) { got = digits })
	partstest.Show(w, boxes, size)
	clipboard := test.NewClipboard()
	clipboard.SetContent("47 - 19 - 03\n")
	boxes.TypedShortcut(&fyne.ShortcutPaste{Clipboard: clipboard})
	if got != "471903" {
		t.Error(got)
	}
	clipboard.SetContent("secret")
	boxes.TypedShortcut(&fyne.ShortcutCopy{Clipboard: clipboard})
	if clipboard.Content() != "secret" {
		t.Error("digits were copied")
	}
}

func TestBoxesTakeDigitsOnly(t *testing.T) {
	w := partstest.Window(t, look.Settings{}, "en", size)
	rapid.Check(t, func(t *rapid.T) {
		var others []rune
		var done []string
		boxes := parts.NewDigitBoxes("Code", 3, 3, func(d string) { done = append(done, d) })
		boxes.OtherKey = func(r rune) { others = append(others, r) }
		w.SetContent(boxes)
		typed := rapid.String().Draw(t, "typed")
		test.Type(boxes, typed)
		var digits string
		for _, r := range typed {
			if r >= '0' && r <= '9' {
				digits += string(r)
			}
		}
		digits = digits[:min(9, len(digits))]
		if boxes.Digits() != digits || boxes.Full() != (len(digits) == 9) || len(done) != len(digits)/9 {
			t.Fatalf("%q became %q, done %v", typed, boxes.Digits(), done)
		}
		if strings.ContainsAny(string(others), "0123456789") {
			t.Fatalf("digits went to the page: %q", string(others))
		}
	})
}

// taker is a page that takes keys.
type taker struct {
	runes []rune
	keys  []fyne.KeyName
}

func (k *taker) TakeRune(r rune)          { k.runes = append(k.runes, r) }
func (k *taker) TakeKey(e *fyne.KeyEvent) { k.keys = append(k.keys, e.Name) }

func TestKeysOfThePageWorkWhereverTheFocusIs(t *testing.T) {
	w := partstest.Window(t, look.Settings{}, "en", size)
	button, boxes, entry := parts.NewButton(parts.Secondary, "End", nil), parts.NewSixDigits("Read-back", nil), parts.NewEntry("Address", "")
	partstest.Show(w, parts.Column(button, boxes, entry), size)
	page := &taker{}
	parts.PassKeys(w.Canvas(), page)
	defer parts.PassKeys(w.Canvas(), nil)
	test.Type(button, "n")
	test.Type(boxes, "q")
	key(entry, fyne.KeyEscape, fyne.KeyF1)
	if string(page.runes) != "nq" || len(page.keys) != 2 {
		t.Errorf("%q %v", string(page.runes), page.keys)
	}
	test.Type(entry, "x")
	if string(page.runes) != "nq" || entry.Text != "x" {
		t.Error("the page takes what is typed into a box")
	}
}

func TestTilesSelectOne(t *testing.T) {
	w := partstest.Window(t, look.Settings{}, "en", size)
	var chosen []int
	tiles := parts.NewTiles(3, []string{"Card", "Transfer", "Access"}, func(i int) { chosen = append(chosen, i) })
	partstest.Show(w, tiles, size)
	if tiles.Selected() != -1 {
		t.Error("a tile is selected by itself")
	}
	w.Canvas().Focus(tiles.At(0))
	key(tiles.At(0), fyne.KeyRight)
	if w.Canvas().Focused() != tiles.At(1) {
		t.Error("the arrow does not move")
	}
	key(tiles.At(1), fyne.KeySpace)
	tiles.SetEnabled(2, false)
	key(tiles.At(2), fyne.KeySpace)
	if tiles.Selected() != 1 || len(chosen) != 1 || chosen[0] != 1 {
		t.Error(tiles.Selected(), chosen)
	}
}

func TestChatSendsWhatWasTypedOnce(t *testing.T) {
	w := partstest.Window(t, look.Settings{}, "en", size)
	var sent []string
	chat := parts.NewChat("Message", "Send", func(text string) { sent = append(sent, text) })
	partstest.Show(w, chat, size)
	chat.SetTyped("  Yes, that was me. ")
	key(chat.First(), fyne.KeyReturn)
	key(chat.First(), fyne.KeyReturn)
	chat.SetEnabled(false)
	chat.SetTyped("late")
	key(chat.First(), fyne.KeyReturn)
	if len(sent) != 1 || sent[0] != "Yes, that was me." || chat.Typed() != "late" {
		t.Errorf("%q, left %q", sent, chat.Typed())
	}
}

// TestAChatShowsTheNewestLines: the other side decides how many it sends.
func TestAChatShowsTheNewestLines(t *testing.T) {
	w := partstest.Window(t, look.Settings{}, "en", size)
	chat := parts.NewChat("Message", "Send", nil)
	partstest.Show(w, chat, size)
	const most = 100
	for i := range most + 5 {
		chat.Notice(fmt.Sprintf("line %d.", i))
	}
	shown := partstest.Texts(chat)
	for line, want := range map[string]bool{"line 4.": false, "line 5.": true, "line 104.": true} {
		if strings.Contains(shown, line) != want {
			t.Errorf("%q is shown: %t", line, !want)
		}
	}
}

func TestWhatIsAddedToAChatLooksLikeTheRest(t *testing.T) {
	dark := look.Settings{Variant: look.Dark, TextScale: 1}
	w := partstest.Window(t, dark, "en", size)
	chat := parts.NewChat("Message", "Send", nil)
	chat.Add("You", "before", true)
	page := parts.Inset(chat)
	partstest.Show(w, page, size)
	chat.Add("Anna Kowalska", "after", false)
	chat.Notice("later")
	partstest.Show(w, page, size)
	wrong := look.New(dark).Color(look.Panel, 0)
	partstest.Walk(page, func(o fyne.CanvasObject) {
		if box, ok := o.(*canvas.Rectangle); ok && box.FillColor == wrong {
			t.Error("a message on a white inset is drawn in the dark theme")
		}
	})
}

func TestABoxKeepsToTheThemeItStandsIn(t *testing.T) {
	dark := look.Settings{Variant: look.Dark, TextScale: 1}
	w := partstest.Window(t, dark, "en", size)
	page := parts.Inset(parts.Field("Address", parts.NewEntry("Address", ""), ""))
	partstest.Show(w, page, size)
	wrong := look.New(dark).Color(look.Paper, 0)
	partstest.Walk(page, func(o fyne.CanvasObject) {
		if box, ok := o.(*canvas.Rectangle); ok && box.FillColor == wrong {
			t.Error("a box on a white inset is drawn in the dark theme")
		}
	})
}

func TestWorkThatIsNotShownRests(t *testing.T) {
	w := partstest.Window(t, look.Settings{}, "en", size)
	page := parts.OnMood(look.Stopped, parts.Page(nil, parts.Card(parts.Working("Checking ...")), nil))
	partstest.Show(w, page, size)
	var bars []*widget.ProgressBarInfinite
	partstest.Walk(page, func(o fyne.CanvasObject) {
		if bar, ok := o.(*widget.ProgressBarInfinite); ok {
			bars = append(bars, bar)
		}
	})
	if len(bars) != 1 || !bars[0].Running() {
		t.Fatal("no work is shown")
	}
	parts.Rest(page)
	if bars[0].Running() {
		t.Error("a bar goes on moving after its page has gone")
	}
}

func TestDigitsFitTheirWidth(t *testing.T) {
	for _, width := range []float32{500, 900, 2000} {
		w := partstest.Window(t, look.Settings{TextScale: 2}, "en", size)
		digits := parts.NewDigits("482 913 057", look.BigDigits)
		digits.Resize(fyne.NewSize(width, 300))
		partstest.Show(w, digits, fyne.NewSize(width, 300))
		if need := digits.MinSize().Width; need > max(width, 700) {
			t.Errorf("in %v the digits need %v", width, need)
		}
	}
}

func key(f fyne.Focusable, names ...fyne.KeyName) {
	for _, name := range names {
		f.TypedKey(&fyne.KeyEvent{Name: name})
	}
}

func TestIconsGrowWithTheText(t *testing.T) {
	app := test.NewTempApp(t)
	for scale, want := range map[float32]float32{1: 40, 2: 80} {
		app.Settings().SetTheme(look.New(look.Settings{TextScale: scale}))
		if got := parts.Icon(parts.IconShield, look.Ink, 40).MinSize().Width; got != want {
			t.Errorf("at %v times the text size: %v wide, want %v", scale, got, want)
		}
	}
}
