// This file tests the stage: keys, focus, what lies above a side's page, small
// windows, dropped files, and the end.

package shell

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/storage"

	"countersign/session"
	"countersign/session/computer/vault"
	"countersign/session/protocol/call"
	"countersign/ui/look"
	"countersign/ui/parts"
)

func TestTitleOfTheWindow(t *testing.T) {
	b, p := started(t)
	p.page.Title = "Type the nine digits"
	b.Show(p.page)
	if b.w.Title() != "Type the nine digits - Countersign" {
		t.Errorf("%q", b.w.Title())
	}
}

func TestKeysOfAPage(t *testing.T) {
	b, p := started(t)
	pressed := map[Key]int{}
	backs := 0
	p.page.Keys = map[Key]func(){}
	for _, k := range []Key{"1", "n", "F9", CtrlEnter} {
		p.page.Keys[k] = func() { pressed[k]++ }
	}
	p.page.Back = func() { backs++ }
	b.Show(p.page)
	b.strike('1')
	b.strike('n')
	b.strike('N')
	b.press(fyne.KeyF9)
	b.press(fyne.KeyEscape)
	for _, name := range []fyne.KeyName{fyne.KeyReturn, fyne.KeyEnter} {
		b.shortcut(name)
	}
	want := map[Key]int{"1": 1, "n": 2, "F9": 1, CtrlEnter: 2}
	for k, n := range want {
		if pressed[k] != n {
			t.Errorf("%s counted %d times, want %d", k, pressed[k], n)
		}
	}
	if backs != 1 {
		t.Errorf("Esc counted %d times", backs)
	}
	p.page.Keys = nil
	b.Show(p.page)
	b.shortcut(fyne.KeyReturn)
	if pressed[CtrlEnter] != 2 {
		t.Error("a key of a page that is gone still works")
	}
}

// shortcut presses a key with Ctrl. The canvas of Fyne's tests takes shortcuts,
// but shows it only behind what it wraps.
func (b *bench) shortcut(name fyne.KeyName) {
	inner := reflect.ValueOf(b.w.Canvas()).Elem().FieldByName("WindowlessCanvas").Interface()
	inner.(fyne.Shortcutable).TypedShortcut(&desktop.CustomShortcut{KeyName: name, Modifier: fyne.KeyModifierShortcutDefault})
	b.settle()
}

func TestSameContentKeepsTheFocus(t *testing.T) {
	b, p := started(t)
	one, two := parts.NewButton(parts.Primary, "one", nil), parts.NewButton(parts.Primary, "two", nil)
	p.page.Content, p.page.Focus = parts.Page(nil, nil, parts.Actions(one, two)), one
	b.Show(p.page)
	b.w.Canvas().Focus(two)
	p.page.Note, p.page.Actions = "until 16:00", []Action{{"Sign out", func() {}}}
	b.Show(p.page)
	if b.w.Canvas().Focused() != two {
		t.Error("the focus moved")
	}
	if !strings.Contains(b.texts(), "until 16:00") || !strings.Contains(b.texts(), "Sign out") {
		t.Error("the header was not brought up to date")
	}
}

// A button of the header that is taken away while it has the focus leaves the
// focus to the page.
func TestFocusLeavesAHeaderThatChanges(t *testing.T) {
	b, p := started(t)
	p.page.Actions = []Action{{"Sign out", func() {}}}
	b.Show(p.page)
	b.w.Canvas().Focus(b.frame.header.row.Objects[0].(fyne.Focusable))
	p.page.Actions = nil
	b.Show(p.page)
	if f := b.w.Canvas().Focused(); f == nil || f.(fyne.Accessible).AccessibilityLabel() != "go" {
		t.Errorf("the focus is on %v", f)
	}
}

func TestFocusComesBackFromHelpAndSettings(t *testing.T) {
	b, p := started(t)
	one, two := parts.NewButton(parts.Primary, "one", nil), parts.NewButton(parts.Primary, "two", nil)
	p.page.Content, p.page.Focus = parts.Page(nil, nil, parts.Actions(one, two)), one
	b.Show(p.page)
	b.w.Canvas().Focus(two)
	for _, open := range []func(){func() { b.press(fyne.KeyF1) }, func() { b.shortcut(fyne.KeyComma) }} {
		open()
		if b.over == nil {
			t.Fatal("nothing opened")
		}
		b.press(fyne.KeyEscape)
		if b.over != nil || b.w.Canvas().Focused() != two {
			t.Error("the way back ends elsewhere")
		}
		open()
		open() // the same key closes it
		if b.over != nil || b.w.Canvas().Focused() != two {
			t.Error("the same key does not lead back")
		}
	}
}

// What happens in a call is seen, whatever lies above it.
func TestCallComesBeforeHelpAndSettings(t *testing.T) {
	for _, open := range []func(*bench){func(b *bench) { b.Help("") }, func(b *bench) { b.Settings() }, func(b *bench) { b.Close() }} {
		b, p := started(t)
		p.page.Busy = true
		b.Show(p.page)
		open(b)
		p.page.Note = "the same page"
		b.Show(p.page)
		if b.over == nil {
			t.Error("the same page took help away")
		}
		p.renew()
		p.page.Mood = look.Stopped
		b.Show(p.page)
		if b.over != nil {
			t.Error("a verdict stays hidden")
		}
		if b.quits != 0 {
			t.Error("the window closed by itself")
		}
	}
	b, p := started(t)
	b.Help("")
	p.renew()
	b.Show(p.page)
	if b.over == nil {
		t.Error("a page outside a call took help away")
	}
}

// "Something is wrong" is one press away, help or not.
func TestActionsOfACallStayAtHand(t *testing.T) {
	b, p := started(t)
	wrong := 0
	p.page.Busy = true
	p.page.Actions = []Action{{"Something is wrong", func() { wrong++ }}}
	p.page.Keys = map[Key]func(){"F9": func() { wrong++ }, "1": func() { t.Error("an answer was given below the help") }}
	b.Show(p.page)
	b.Help("")
	b.strike('1')
	b.press(fyne.KeyF9)
	if wrong != 1 || b.over != nil {
		t.Errorf("F9 counted %d times, help is open: %t", wrong, b.over != nil)
	}
	b.Help("")
	b.frame.header.row.Objects[0].(fyne.Tappable).Tapped(nil)
	if wrong != 2 || b.over != nil {
		t.Errorf("the button counted %d times, help is open: %t", wrong, b.over != nil)
	}
}

func TestWindowBecomesSmallOnceAndNotAtTheEdge(t *testing.T) {
	for _, test := range []struct {
		size     fyne.Size
		was, now bool
	}{
		{fyne.NewSize(1000, 640), false, false},
		{fyne.NewSize(999, 800), false, true},
		{fyne.NewSize(1280, 639), false, true},
		{fyne.NewSize(1020, 660), true, true},
		{fyne.NewSize(1020, 660), false, false},
		{fyne.NewSize(1040, 680), true, false},
	} {
		if got := isSmall(test.size, test.was); got != test.now {
			t.Errorf("%v, small before %t: small %t", test.size, test.was, got)
		}
	}
	b, p := started(t)
	for _, size := range []fyne.Size{small, fyne.NewSize(980, 620), small} {
		b.resize(size)
	}
	if !b.Compact() || p.redrawn != 1 {
		t.Errorf("small: %t, redrawn %d times", b.Compact(), p.redrawn)
	}
	b.resize(large)
	if b.Compact() || p.redrawn != 2 {
		t.Errorf("small: %t, redrawn %d times", b.Compact(), p.redrawn)
	}
}

func TestWindowBecomesLowOnceAndNotAtTheEdge(t *testing.T) {
	for _, test := range []struct {
		height   float32
		was, now bool
	}{{760, false, false}, {759, false, true}, {770, true, true}, {770, false, false}, {780, true, false}} {
		if got := isLow(test.height, test.was); got != test.now {
			t.Errorf("%v high, low before %t: low %t", test.height, test.was, got)
		}
	}
	b, p := started(t)
	for _, size := range []fyne.Size{firstSize, fyne.NewSize(1280, 770), firstSize} {
		b.resize(size)
	}
	if !b.low || b.Compact() || p.redrawn != 1 {
		t.Errorf("low: %t, small: %t, redrawn %d times", b.low, b.Compact(), p.redrawn)
	}
	b.resize(large)
	if b.low || p.redrawn != 2 {
		t.Errorf("low: %t, redrawn %d times", b.low, p.redrawn)
	}
}

// Large text needs more room than small text.
func TestLargeTextMakesAWindowSmall(t *testing.T) {
	b, _ := started(t)
	for scale, want := range map[float32]bool{1: false, 1.2: false, 2: true} {
		b.kept.setTextScale(scale)
		b.restyle()
		if b.Compact() != want {
			t.Errorf("at %v: small %t", scale, b.Compact())
		}
	}
}

func TestWindowSizeIsRememberedWithinLimits(t *testing.T) {
	prefs := memory{keptWho: "customer"}
	b := newBench(t, prefs)
	b.resize(fyne.NewSize(1200, 700))
	b.resize(fyne.NewSize(1300, 900))
	b.pass(rememberSizeAfter)
	if got := (kept{prefs}).windowSize(); got != fyne.NewSize(1300, 900) {
		t.Errorf("%v is remembered", got)
	}
	for _, wrong := range [][2]float64{{0, 0}, {-5, 700}, {1e9, 700}, {1000, 10}, {nan(), 700}} {
		prefs[keptWidth], prefs[keptHeight] = wrong[0], wrong[1]
		if got := (kept{prefs}).windowSize(); got != firstSize {
			t.Errorf("%v is believed: %v", wrong, got)
		}
	}
}

func nan() float64 { var zero float64; return zero / zero }

func TestPreferencesThatWereTamperedWith(t *testing.T) {
	k := kept{memory{keptWho: "root", keptText: 99.0, keptVariant: "pink", keptLanguage: "xx/../pl"}}
	if k.who() != Nobody || k.textScale() != 1 || k.variant() != look.System || k.language() != "" {
		t.Error(k.who(), k.textScale(), k.variant(), k.language())
	}
	k.SetFloat(keptText, nan())
	if k.textScale() != 1 {
		t.Error("a size that is no number is believed")
	}
}

func TestDroppedFilesGoToThePageThatWantsThem(t *testing.T) {
	b, p := started(t)
	elsewhere, err := storage.ParseURI("https://example.com/x.png")
	if err != nil {
		t.Fatal(err)
	}
	drop := func() { b.dropped(fyne.Position{}, []fyne.URI{storage.NewFileURI("/a/code.png"), elsewhere}) }
	drop() // nobody wants them
	var got []string
	p.page.Dropped = func(paths []string) { got = append(got, paths...) }
	b.Show(p.page)
	b.Help("")
	drop()
	if got != nil {
		t.Errorf("%v fell through the help", got)
	}
	b.lower()
	drop()
	if len(got) != 1 || got[0] != "/a/code.png" {
		t.Errorf("%v arrived", got)
	}
}

func TestAfterIsStoppedEvenWhenItIsOnItsWay(t *testing.T) {
	b, _ := started(t)
	ran := 0
	stop := b.After(time.Second, func() { ran++ })
	b.clock.now = b.clock.now.Add(time.Second)
	for _, timer := range b.clock.timers {
		if timer.f != nil && !timer.at.After(b.clock.now) {
			timer.f() // on its way to the main goroutine
		}
	}
	stop()
	b.settle()
	if ran != 0 {
		t.Error("it ran after it was stopped")
	}
	b.After(time.Second, func() { ran++ })
	b.pass(time.Second)
	if ran != 1 {
		t.Errorf("it ran %d times", ran)
	}
}

func TestClosingAsksFirstDuringACall(t *testing.T) {
	b, _ := started(t)
	b.Close()
	if b.quits != 1 {
		t.Error("a window without a call does not close")
	}
	b, p := started(t)
	p.page.Busy = true
	b.Show(p.page)
	b.Close()
	b.mustShow("closing.means")
	b.tap("closing.stay")
	if b.quits != 0 || b.over != nil {
		t.Error("staying does not stay")
	}
	b.Close()
	b.tap("closing.end")
	if b.quits != 1 || p.stopped != 0 {
		t.Error("ending does not close")
	}
	b.endsWith(p.kept)
	if p.stopped != 1 {
		t.Errorf("stopped %d times", p.stopped)
	}
	title := b.w.Title()
	p.page.Title = "The call has ended"
	b.Show(p.page)
	if b.w.Title() != title {
		t.Error("a closed window is still drawn")
	}
}

// endsWith ends the shell and fails unless that lasts exactly until a call is
// kept.
func (b *bench) endsWith(call chan struct{}) {
	b.Helper()
	kept := b.End()
	select {
	case <-kept:
		b.Fatal("the program does not wait")
	default:
	}
	close(call)
	select {
	case <-kept:
	case <-time.After(patience):
		b.Fatal("the waiting never ends")
	}
}

// TestClosingWaitsForWhatIsKept: a call that is over does not ask, but the
// program stays until it is kept.
func TestClosingWaitsForWhatIsKept(t *testing.T) {
	b, p := started(t)
	b.Close()
	if b.quits != 1 {
		t.Error("closing asks although the call is over")
	}
	b.endsWith(p.kept)
}

// TestClosingWaitsForTheSideBefore: the computer has become the other person's
// while a call was still being kept.
func TestClosingWaitsForTheSideBefore(t *testing.T) {
	b, p := started(t)
	b.become(Agent)
	b.come(b.agents)
	if p.stopped != 1 {
		t.Errorf("stopped %d times", p.stopped)
	}
	b.endsWith(p.kept)
}

// TestAReportIsNotCutOff: what the call may take at its end is longer than a
// report waits and than a slow keyring takes to keep a hold.
func TestAReportIsNotCutOff(t *testing.T) {
	if least := call.ReportPatience + 2*vault.Deadline; EndWithin < least {
		t.Errorf("a closed window waits %v, a stop takes up to %v", EndWithin, least)
	}
}

func TestClosingTwiceIsAnAnswer(t *testing.T) {
	b, p := started(t)
	p.page.Busy = true
	b.Show(p.page)
	b.Close()
	b.Close()
	if b.quits != 1 {
		t.Error("closing once more does not close")
	}
}

func TestTheFirstStartIsNoCall(t *testing.T) {
	b := newBench(t, memory{})
	b.Start()
	select {
	case <-b.End():
	case <-time.After(patience):
		t.Error("the waiting never ends")
	}
}

func TestHeaderKeepsWhatCountsWhenItIsNarrow(t *testing.T) {
	for _, test := range []struct {
		free, name, bank, note       float32
		wantName, wantBank, wantNote float32
	}{
		{600, 100, 200, 300, 100, 200, 300},
		{599, 100, 200, 300, 0, 200, 300},
		{400, 100, 200, 300, 0, 100, 300},
		{320, 100, 200, 300, 0, 0, 300},
		{100, 100, 200, 300, 0, 0, 100},
		{-50, 100, 200, 300, 0, 0, 0},
	} {
		name, bank, note := share(test.free, test.name, test.bank, test.note)
		if name != test.wantName || bank != test.wantBank || note != test.wantNote {
			t.Errorf("%+v: %v %v %v", test, name, bank, note)
		}
	}
}

func TestChangingWhoseComputerThisIs(t *testing.T) {
	b, p := started(t)
	b.Settings()
	b.tap("settings.side_change")
	b.mustShow("settings.side_means")
	b.tap("settings.side_keep")
	if b.who != Customer || !b.isOver(isSettings) {
		t.Fatal("keeping changes something")
	}
	b.tap("settings.side_change")
	b.tap("settings.side_do")
	if o := b.come(b.agents); o.Keyring != session.KeyringDefault {
		t.Errorf("the other side opens %q", o.Keyring)
	}
	if p.stopped != 1 || b.kept.who() != Agent {
		t.Errorf("stopped %d times, remembered %q", p.stopped, b.kept.who())
	}
}
