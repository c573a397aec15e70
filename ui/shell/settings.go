// This file owns the settings: how it looks, which language it speaks, whose
// computer this is, and what can be told to whoever helps.

package shell

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"countersign/session"
	"countersign/ui/advice"
	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/words"
)

// Settings implements Stage: it opens the settings, or closes them.
func (s *Shell) Settings() {
	if s.isOver(isSettings) {
		s.lower()
		return
	}
	v := &settingsView{shell: s}
	if s.opened.Banks == nil {
		v.read = readBadly
	}
	s.raise(isSettings, v.draw)
	v.readBanks()
}

// reading is how far the reading of the banks has come.
type reading uint8

const (
	stillReading reading = iota
	readWell
	readBadly
)

// settingsView is the settings page. What it has read outlives its redrawing
// in another language, and so does what the person used last.
type settingsView struct {
	shell   *Shell
	banks   []session.Bank  // as far as they could be read
	read    reading         // whether they were
	numbers *fyne.Container // what is told of them
	last    string          // the control that was used last
	focus   fyne.Focusable  // the same, as it is drawn now
}

// use marks the control that the focus goes to when the page is drawn again.
func (v *settingsView) use(name string, f fyne.Focusable) {
	if v.last == name {
		v.focus = f
	}
}

func (v *settingsView) draw() Page {
	done := parts.NewButton(parts.Primary, words.Say("settings.done"), v.shell.lower)
	left := parts.Column(v.textSize(), parts.Gap(), v.theme(), parts.Gap(), v.language())
	right := parts.Column(v.side(), parts.Gap(), v.ownNumbers(), parts.Gap(), v.diagnostics())
	about := parts.Note(words.Say("settings.about", words.With{"Version": v.shell.options.Version}))
	body, foot := parts.Columns(left, right, 0.5), container.NewBorder(nil, nil, container.NewCenter(done), nil, about)
	about.Alignment = fyne.TextAlignTrailing
	if v.shell.compact || v.shell.largeText() {
		about.Alignment = fyne.TextAlignLeading
		body, foot = parts.Column(left, parts.Gap(), right, about), container.NewHBox(done)
	}
	return Page{
		Title:   words.Say("settings.title"),
		Content: v.shell.sheet(parts.Headline(words.Say("settings.title")), body, foot),
		Focus:   v.focus,
		Back:    v.shell.lower,
	}
}

// textSize makes the text larger and smaller, at once.
func (v *settingsView) textSize() fyne.CanvasObject {
	step := func(name string, by float32) *parts.Button {
		b := parts.NewButton(parts.Secondary, words.Say("settings."+name), func() {
			scale := v.shell.kept.textScale() + by
			v.shell.kept.setTextScale(min(max(scale, look.MinTextScale), look.MaxTextScale))
			v.restyle(name)
		})
		v.use(name, b)
		return b
	}
	value := parts.OneLine(parts.Strong(percent(v.shell.kept.textScale())))
	smaller, larger := step("smaller", -textStep), step("larger", textStep)
	row := container.NewGridWithColumns(3, smaller, container.NewCenter(value), larger)
	return parts.Column(parts.Note(words.Say("settings.text")), row)
}

func percent(scale float32) string { return fmt.Sprintf("%.0f %%", scale*100) }

// restyle gives the new look to everything. During a call too: whoever cannot
// read the screen needs it just then, and no word of it changes.
func (v *settingsView) restyle(used string) {
	v.last = used
	v.shell.restyle()
	v.shell.redrawSide()
	v.shell.raise(isSettings, v.draw) // larger text may need another layout
}

// theme chooses between light and dark.
func (v *settingsView) theme() fyne.CanvasObject {
	order := []look.Variant{look.System, look.Light, look.Dark}
	titles := []string{words.Say("settings.theme_system"), words.Say("settings.theme_light"), words.Say("settings.theme_dark")}
	tiles := parts.NewTiles(len(order), titles, func(i int) {
		v.shell.kept.setVariant(order[i])
		v.restyle("theme")
	})
	chosen := slices.Index(order, v.shell.kept.variant())
	tiles.SetSelected(chosen)
	v.use("theme", tiles.At(chosen))
	return parts.Column(parts.Note(words.Say("settings.theme")), tiles)
}

// language chooses the language, each named in itself.
func (v *settingsView) language() fyne.CanvasObject {
	order := append([]string{""}, words.Languages...)
	titles := []string{words.Say("settings.language_system"), words.Say("language.en"), words.Say("language.pl")}
	tiles := parts.NewTiles(len(order), titles, func(i int) {
		v.last = "language"
		v.shell.options.Language = "" // the person's word counts more than the command line's
		v.shell.kept.setLanguage(order[i])
		v.shell.changeLanguage()
	})
	chosen := max(0, slices.Index(order, v.shell.kept.language()))
	tiles.SetSelected(chosen)
	v.use("language", tiles.At(chosen))
	rows := []fyne.CanvasObject{parts.Note(words.Say("settings.language")), tiles}
	if v.shell.page.Busy {
		rows = append(rows, parts.Note(words.Say("settings.language_waits")))
	}
	return parts.Column(rows...)
}

// side says whose computer this is and lets it be changed.
func (v *settingsView) side() fyne.CanvasObject {
	if v.shell.who == Nobody {
		return nil
	}
	change := parts.NewButton(parts.Secondary, words.Say("settings.side_change"), v.shell.askWho)
	rows := []fyne.CanvasObject{parts.Note(words.Say("settings.side")), parts.Strong(words.Say("settings.side_" + string(v.shell.who)))}
	if v.shell.page.Busy {
		change.Disable()
		rows = append(rows, parts.Note(words.Say("settings.side_waits")))
	}
	return container.NewBorder(nil, nil, nil, container.NewCenter(change), parts.Tight(rows...))
}

// askWho asks before this becomes the other person's computer.
func (s *Shell) askWho() {
	s.raise(isQuestion, func() Page {
		keep := parts.NewButton(parts.Primary, words.Say("settings.side_keep"), s.backToSettings)
		change := parts.NewButton(parts.Secondary, words.Say("settings.side_do"), func() { s.become(s.who.other()) })
		title := words.Say("settings.side_ask_" + string(s.who.other()))
		return Page{
			Title:   title,
			Content: s.sheet(parts.Heading(title, words.Say("settings.side_means")), nil, parts.Actions(keep, change)),
			Focus:   keep,
			Back:    s.backToSettings,
		}
	})
}

func (s *Shell) backToSettings() {
	s.over = nil
	s.Settings()
}

// ownNumbers shows the numbers that the banks have on file. Whoever could
// change them here could change them for a caller.
func (v *settingsView) ownNumbers() fyne.CanvasObject {
	if v.shell.who != Customer {
		return nil
	}
	v.numbers = container.NewStack()
	v.fillNumbers()
	return parts.Tight(parts.Note(words.Say("settings.numbers")), v.numbers, parts.Note(words.Say("settings.numbers_why")))
}

func (v *settingsView) fillNumbers() {
	var rows []fyne.CanvasObject
	for _, b := range v.banks {
		if len(b.OwnLines) > 0 {
			rows = append(rows, numbersOf(b))
		}
	}
	if len(rows) == 0 {
		rows = append(rows, parts.Body(v.noNumbers()))
	}
	parts.Put(v.numbers, parts.Tight(rows...))
}

// noNumbers says why none stand there: "none" only when that is known.
func (v *settingsView) noNumbers() string {
	switch v.read {
	case readWell:
		return words.Say("settings.numbers_none")
	case readBadly:
		return words.Say("settings.numbers_unread")
	}
	return words.Say("settings.numbers_reading")
}

func numbersOf(b session.Bank) *widget.Label {
	endings := make([]string, len(b.OwnLines))
	for i, digits := range b.OwnLines {
		endings[i] = words.Say("settings.number", words.With{"Digits": advice.Clean(digits)})
	}
	return parts.Strong(words.Bank(advice.Clean(b.Name), b.Domain) + ": " + strings.Join(endings, ", "))
}

// readBanks reads what is kept of the banks, for the numbers on file and for
// the diagnostics.
func (v *settingsView) readBanks() {
	read, shell := v.shell.opened.Banks, v.shell
	if read == nil {
		return
	}
	go func() {
		banks, err := read(context.Background())
		shell.Do(func() {
			if !shell.isOver(isSettings) {
				return
			}
			v.banks, v.read = banks, readWell
			if err != nil {
				v.read = readBadly
			}
			if v.numbers != nil {
				v.fillNumbers()
			}
		})
	}()
}

// diagnostics copies what whoever helps needs to know, and says so.
func (v *settingsView) diagnostics() fyne.CanvasObject {
	told := parts.Note(words.Say("settings.diagnostics_what"))
	button := parts.NewButton(parts.Secondary, words.Say("settings.diagnostics"), func() {
		fyne.CurrentApp().Clipboard().SetContent(v.shell.diagnose(v.banks))
		told.SetText(words.Say("settings.diagnostics_copied"))
	})
	return parts.Column(parts.Tight(parts.Note(words.Say("settings.help")), told), parts.Actions(button))
}
