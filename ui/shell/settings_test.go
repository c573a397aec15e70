// This file tests the settings, the diagnostics and the help.

package shell

import (
	"context"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"countersign/session"
	"countersign/session/protocol/verdict"
	"countersign/ui/look"
	"countersign/ui/words"
)

func TestTextSizeGrowsAtOnceAndIsRemembered(t *testing.T) {
	b, p := started(t)
	b.Settings()
	size := func() float32 { return fyne.CurrentApp().Settings().Theme().Size(look.Body) }
	before := size()
	b.tap("settings.larger")
	if got := size() / before; got < 1.09 || got > 1.11 {
		t.Errorf("the text grew by %v", got)
	}
	if !strings.Contains(b.texts(), "110 %") || b.kept.textScale() != 1.1 {
		t.Errorf("remembered: %v", b.kept.textScale())
	}
	if p.redrawn != 1 || !b.isOver(isSettings) {
		t.Errorf("redrawn %d times, settings open: %t", p.redrawn, b.isOver(isSettings))
	}
	for range 15 {
		b.tap("settings.larger")
	}
	if b.kept.textScale() != 2 {
		t.Errorf("the largest is %v", b.kept.textScale())
	}
	for range 15 {
		b.tap("settings.smaller")
	}
	if b.kept.textScale() != 1 {
		t.Errorf("the smallest is %v", b.kept.textScale())
	}
}

func TestThemeIsChosen(t *testing.T) {
	b, _ := started(t)
	b.Settings()
	paper := func() any { return fyne.CurrentApp().Settings().Theme().Color(look.Paper, 0) }
	b.tap("settings.theme_dark")
	dark := paper()
	b.tap("settings.theme_light")
	if dark == paper() || b.kept.variant() != look.Light {
		t.Error("light and dark look alike")
	}
}

func TestLanguageChangesAtOnce(t *testing.T) {
	b, p := started(t)
	b.Settings()
	b.tap("language.pl")
	if words.Language() != "pl" || p.redrawn != 1 || b.kept.language() != "pl" {
		t.Fatalf("language %s, redrawn %d times", words.Language(), p.redrawn)
	}
	b.mustShow("settings.title")
	if !strings.Contains(b.texts(), "Ustawienia") {
		t.Error("the settings still speak English")
	}
	if f := b.w.Canvas().Focused(); f == nil || f.(fyne.Accessible).AccessibilityLabel() != "Polski" {
		t.Errorf("the focus went to %v", f)
	}
}

// During a call the words under somebody's eyes do not change; they do after it.
func TestLanguageWaitsForTheEndOfACall(t *testing.T) {
	b, p := started(t)
	p.page.Busy = true
	b.Show(p.page)
	b.Settings()
	b.mustShow("settings.language_waits")
	b.tap("language.pl")
	if words.Language() != "en" || p.redrawn != 0 {
		t.Fatalf("language %s, redrawn %d times", words.Language(), p.redrawn)
	}
	b.tap("settings.larger") // this may not wait: it is for those who cannot read
	if p.redrawn != 1 {
		t.Error("the text does not grow during a call")
	}
	p.page.Busy = false
	b.Show(p.page)
	b.settle()
	if words.Language() != "pl" || p.redrawn != 2 {
		t.Errorf("language %s, redrawn %d times", words.Language(), p.redrawn)
	}
}

func TestWhoseComputerCannotChangeDuringACall(t *testing.T) {
	b, p := started(t)
	p.page.Busy = true
	b.Show(p.page)
	b.Settings()
	b.mustShow("settings.side_waits")
	b.tap("settings.side_change")
	if !b.isOver(isSettings) {
		t.Error("the question came during a call")
	}
}

// secretive is what banks know that nobody else should see.
var secretive = session.Bank{
	ID: [16]byte{0xDE, 0xAD}, Naming: verdict.Naming{Name: "Example Bank", Domain: "examplebank.com"}, Version: 7, Enrolled: true,
	ContentAge: 49 * time.Hour, Lines: []string{"+48221112233"}, OwnLines: []string{"0789"},
	Words: []string{"abandon", "ability"},
}

func TestNumbersOnFileAreShownAndCannotBeEdited(t *testing.T) {
	banks := func(context.Context) ([]session.Bank, error) { return []session.Bank{secretive}, nil }
	b, _ := startedWith(t, Opened{Keyring: session.KeyringPassphrase, Banks: banks})
	b.Settings()
	b.mustShow("settings.numbers_reading")
	b.until("the numbers are read", func() bool { return strings.Contains(b.texts(), "0789") })
	b.mustShow("settings.numbers_why")
	b.lower()
	b.who = Agent
	b.Settings()
	if b.shows("settings.numbers") {
		t.Error("an agent has no numbers on file")
	}
}

func TestDiagnosticsTellNothingThatIsAnybodysBusiness(t *testing.T) {
	banks := func(context.Context) ([]session.Bank, error) { return []session.Bank{secretive}, nil }
	b, p := startedWith(t, Opened{Keyring: session.KeyringPassphrase, Banks: banks}, func(o *Options) {
		o.System = func() []string { return []string{"opengl: a driver"} }
	})
	p.page.Bank, p.page.Note, p.page.Title = "Example Bank", "Anna Kowalska", "Code 123 456 789, reference C-1001"
	b.Show(p.page)
	b.Settings()
	b.until("the banks are read", func() bool { return strings.Contains(b.texts(), "0789") })
	b.tap("settings.diagnostics")
	b.mustShow("settings.diagnostics_copied")
	got := fyne.CurrentApp().Clipboard().Content()
	for _, want := range []string{"countersign 1.2.3 abc", "keyring: passphrase", "side: customer", "opengl: a driver", "Example Bank (examplebank.com), bundle 7, enrolled: true, content age: 2 days", "text: 100 %"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in:\n%s", want, got)
		}
	}
	for _, secret := range []string{"0789", "22111", "abandon", "ability", "dead", "Anna", "C-1001", "123 456", "123456"} {
		if strings.Contains(strings.ToLower(got), strings.ToLower(secret)) {
			t.Errorf("%q stands in:\n%s", secret, got)
		}
	}
}

func TestEveryTopicOfTheHelpHasItsText(t *testing.T) {
	for _, who := range []Who{Customer, Agent} {
		b, _ := started(t)
		b.who = who
		for i, topic := range Topics {
			b.Help(topic)
			v := helpView{shell: b.Shell, topic: i}
			if !words.Has(v.text()) || !words.Has("help.title."+topic) {
				t.Errorf("%s: %s has no text", who, topic)
			}
			b.mustShow(v.text())
		}
		b.Help("no such topic")
		b.mustShow("help.title")
	}
}
