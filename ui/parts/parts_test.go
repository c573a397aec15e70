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

	"countersign/session/protocol/spelling"
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
		parts.NewEntry("Address", ""), parts.NewSecretEntry("Passphrase"), parts.NewChat("Message", "Send", new(string), nil)), nil)
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
	if boxes.Digits() != "1" || len(got) != 1 {
		t.Error("a tenth digit does not begin another try:", boxes.Digits(), got)
	}
}

func TestDigitsAreMendedBeforeTheLast(t *testing.T) {
	w := partstest.Window(t, look.Settings{}, "en", size)
	var got []string
	boxes := parts.NewDigitBoxes("Code", 3, 3, func(digits string) { got = append(got, digits) })
	partstest.Show(w, boxes, size)
	test.Type(boxes, "48291305")
	key(boxes, fyne.KeyHome, fyne.KeyRight, fyne.KeyDelete)
	test.Type(boxes, "6") // one for another
	key(boxes, fyne.KeyEnd, fyne.KeyBackspace)
	test.Type(boxes, "45")
	if len(got) != 1 || got[0] != "462913045" {
		t.Error(got)
	}
	key(boxes, fyne.KeyReturn)
	if len(got) != 2 || got[1] != got[0] {
		t.Error("Enter does not hand on what stands there:", got)
	}
	for _, erasing := range []fyne.KeyName{fyne.KeyBackspace, fyne.KeyDelete} {
		boxes.SetDigits("462913045")
		key(boxes, erasing)
		if boxes.Digits() != "" {
			t.Errorf("%s leaves %q of a try that was handed on", erasing, boxes.Digits())
		}
	}
}

// TestNothingIsLostWhereverSomebodyClicks: a click into the middle of an empty
// or half empty box neither loses nor misplaces a digit.
func TestNothingIsLostWhereverSomebodyClicks(t *testing.T) {
	w := partstest.Window(t, look.Settings{}, "en", size)
	for name, make := range map[string]func(func(string)) *parts.DigitBoxes{
		"123456":    func(done func(string)) *parts.DigitBoxes { return parts.NewSixDigits("Read-back", done) },
		"123456789": func(done func(string)) *parts.DigitBoxes { return parts.NewDigitBoxes("Code", 3, 3, done) },
	} {
		for before := range len(name) {
			for tenth := range 11 {
				got := ""
				boxes := make(func(digits string) { got = digits })
				w.SetContent(boxes)
				boxes.Resize(boxes.MinSize())
				test.Type(boxes, name[:before])
				boxes.Tapped(&fyne.PointEvent{Position: fyne.NewPos(boxes.Size().Width*float32(tenth)/10, 10)})
				key(boxes, fyne.KeyEnd)
				test.Type(boxes, name[before:])
				if got != name {
					t.Errorf("%d digits, a click at %d tenths, the others: %q", before, tenth, got)
				}
				boxes.Clear()
				boxes.Tapped(&fyne.PointEvent{Position: fyne.NewPos(boxes.Size().Width*float32(tenth)/10, 10)})
				if test.Type(boxes, name); boxes.Digits() != name {
					t.Errorf("after a click at %d tenths of an empty box: %q", tenth, boxes.Digits())
				}
			}
		}
	}
}

// TestWhatIsHandedOnIsNewWhateverIsEdited: between two times that digits are
// handed on by typing or pasting, all of them were entered anew.
func TestWhatIsHandedOnIsNewWhateverIsEdited(t *testing.T) {
	w := partstest.Window(t, look.Settings{}, "en", size)
	clipboard := test.NewClipboard()
	rapid.Check(t, func(t *rapid.T) {
		entered, handed, misfits := 0, "", 0
		boxes := parts.NewDigitBoxes("Code", 3, 3, func(digits string) { handed = digits })
		boxes.Misfit = func() { misfits++ }
		w.SetContent(boxes)
		boxes.Resize(boxes.MinSize())
		enter := func(digits string, type_ func()) {
			before, wasFull := boxes.Digits(), boxes.Full()
			handed, misfits = "", 0
			type_()
			after := boxes.Digits()
			switch {
			case misfits > 0:
				if after != before || handed != "" {
					t.Fatalf("%q does not fit, and %q became %q", digits, before, after)
				}
				return
			case len(digits) == 9: // a whole paste
				entered = 9
			case wasFull:
				entered = len(digits)
				before = ""
			default:
				entered += len(digits)
			}
			if len(digits) < 9 && len(after) != len(before)+len(digits) {
				t.Fatalf("%q and %q became %q", before, digits, after)
			}
			if (handed != "") != boxes.Full() || handed != "" && entered < 9 {
				t.Fatalf("%q was handed on after %d new digits", handed, entered)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"type": func(t *rapid.T) {
				digit := rapid.StringMatching("[0-9]").Draw(t, "digit")
				enter(digit, func() { test.Type(boxes, digit) })
			},
			"paste": func(t *rapid.T) {
				digits := rapid.StringMatching("[0-9]{1,10}").Draw(t, "digits")
				clipboard.SetContent(" " + digits + "\n")
				enter(digits, func() { boxes.TypedShortcut(&fyne.ShortcutPaste{Clipboard: clipboard}) })
			},
			"key": func(t *rapid.T) {
				handed = ""
				key(boxes, rapid.SampledFrom([]fyne.KeyName{fyne.KeyBackspace, fyne.KeyDelete, fyne.KeyLeft, fyne.KeyRight, fyne.KeyHome, fyne.KeyEnd}).Draw(t, "key"))
				if handed != "" {
					t.Fatal("a key that enters nothing hands digits on")
				}
			},
			"click": func(t *rapid.T) {
				boxes.Tapped(&fyne.PointEvent{Position: fyne.NewPos(boxes.Size().Width*rapid.Float32Range(-0.1, 1.1).Draw(t, "at"), 10)})
			},
			"refused": func(t *rapid.T) {
				if boxes.Full() {
					boxes.Clear()
					entered = 0
				}
			},
		})
	})
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
	misfits := 0
	boxes.Misfit = func() { misfits++ }
	for _, text := range []string{"47 - 19 - 0x", "4719034", "CP1:471903", "+471903"} {
		clipboard.SetContent(text)
		boxes.TypedShortcut(&fyne.ShortcutPaste{Clipboard: clipboard})
	}
	if misfits != 4 || boxes.Digits() != "471903" {
		t.Errorf("%d pastes do not fit, the box holds %q", misfits, boxes.Digits())
	}
	boxes.Clear()
	for _, text := range []string{"47", "19", "\u0660\uff13"} {
		clipboard.SetContent(text)
		boxes.TypedShortcut(&fyne.ShortcutPaste{Clipboard: clipboard})
	}
	if got != "471903" || misfits != 4 {
		t.Errorf("pasted in pairs: %q, %d misfits", boxes.Digits(), misfits)
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
		typed := rapid.OneOf(rapid.String(), rapid.StringMatching("[0-9 \u2013x]{0,30}")).Draw(t, "typed")
		test.Type(boxes, typed)
		digits, times := "", 0
		for _, r := range typed {
			if r = spelling.Fold(r); r >= '0' && r <= '9' {
				if len(digits) == 9 {
					digits = ""
				}
				if digits += string(r); len(digits) == 9 {
					times++
				}
			}
		}
		if boxes.Digits() != digits || boxes.Full() != (len(digits) == 9) || len(done) != times {
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
	draft := "  Yes, that was me. "
	chat := parts.NewChat("Message", "Send", &draft, func(text string) { sent = append(sent, text) })
	partstest.Show(w, chat, size)
	key(chat.First(), fyne.KeyReturn)
	key(chat.First(), fyne.KeyReturn)
	chat.SetEnabled(false)
	chat.First().(*parts.Entry).SetText("late")
	key(chat.First(), fyne.KeyReturn)
	if len(sent) != 1 || sent[0] != "Yes, that was me." || draft != "late" {
		t.Errorf("%q, left %q", sent, draft)
	}
}

// TestAChatShowsTheNewestLines: the other side decides how many it sends.
func TestAChatShowsTheNewestLines(t *testing.T) {
	w := partstest.Window(t, look.Settings{}, "en", size)
	chat := parts.NewChat("Message", "Send", new(string), nil)
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
	chat := parts.NewChat("Message", "Send", new(string), nil)
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
