// This file owns a pane: one half of the window, or the cover above both. It is
// the stage of the side that plays in it.

package kiosk

import (
	"slices"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/ui/look"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

// pane draws the pages of a side, or our own.
type pane struct {
	kiosk  *Kiosk
	frame  *shell.Frame
	begin  *mark // before its first control
	end    *mark // after its last
	object *fyne.Container
	page   shell.Page // what the side shows
	help   *shell.Page
	gone   bool // its bank is closed

	held      fyne.Focusable // has the focus when the pane is the active one; nil: the first control
	shortcuts map[string]func(fyne.Shortcut)
}

var _ shell.Stage = (*pane)(nil)

// newPane makes an empty pane. name is what its header always says.
func (k *Kiosk) newPane(name string) *pane {
	p := &pane{kiosk: k, begin: newMark(), end: newMark(), shortcuts: map[string]func(fyne.Shortcut){}}
	p.frame = shell.NewFrame(paneCanvas{k.options.Window.Canvas(), p}, shell.Standing{Name: name})
	p.object = container.New(paneLayout{}, p.begin, p.frame.Object(), p.end)
	return p
}

// newHalf makes a pane for a side, with help in its header.
func (k *Kiosk) newHalf(name string) *pane {
	p := k.newPane(name)
	p.frame.SetStanding(shell.Standing{Name: name, Actions: []shell.Action{
		{Text: words.Say("shell.help"), Do: func() { p.Help("") }},
	}})
	return p
}

// Show implements shell.Stage.
func (p *pane) Show(page shell.Page) {
	if p.gone {
		return
	}
	fresh := page.Content != p.page.Content
	page = p.brief(page)
	p.page = page
	if fresh && (page.Busy || page.Mood != look.Calm) {
		p.help = nil // what happens in a call comes before the help
	}
	p.draw()
}

// brief leaves the header what it has room for: whose screen this is comes
// first, and which bank it is stands on the band.
func (p *pane) brief(page shell.Page) shell.Page {
	page.Bank = ""
	if p.kiosk.compact {
		page.Note = ""
	}
	return page
}

func (p *pane) draw() {
	page := p.page
	if p.help != nil {
		page = *p.help
	}
	p.frame.Draw(page)
	p.kiosk.title()
}

// shown is the page that is drawn.
func (p *pane) shown() shell.Page {
	if p.help != nil {
		return *p.help
	}
	return p.page
}

// Do implements shell.Stage.
func (p *pane) Do(f func()) { p.kiosk.options.Do(f) }

// After implements shell.Stage.
func (p *pane) After(d time.Duration, f func()) (stop func()) {
	stopped := false // belongs to the main goroutine, like f
	cancel := p.kiosk.options.Clock.AfterFunc(d, func() {
		p.Do(func() {
			if !stopped && !p.gone {
				f()
			}
		})
	})
	return func() {
		stopped = true
		cancel()
	}
}

// Now implements shell.Stage.
func (p *pane) Now() time.Time { return p.kiosk.options.Clock.Now() }

// Compact implements shell.Stage.
func (p *pane) Compact() bool { return p.kiosk.compact }

// Settings implements shell.Stage. The kiosk has none: whoever comes next
// finds the screens as everybody does.
func (p *pane) Settings() {}

// Help implements shell.Stage: it opens the help, or closes it. All topics fit
// one page here.
func (p *pane) Help(string) {
	if p.help != nil {
		p.help = nil
		p.draw()
		return
	}
	done := parts.NewButton(parts.Primary, words.Say("help.done"), func() { p.Help("") })
	var rows []fyne.CanvasObject
	for _, topic := range []string{"call", "limits", "number"} {
		rows = append(rows, parts.Tight(parts.Strong(words.Say("help.title."+topic)), parts.Body(words.Say(p.helpText(topic)))))
	}
	p.help = &shell.Page{
		Title:   words.Say("help.title"),
		Content: parts.Page(parts.Headline(words.Say("help.title")), parts.Column(rows...), parts.Actions(done)),
		Focus:   done,
		Back:    func() { p.Help("") },
	}
	p.draw()
}

func (p *pane) helpText(topic string) string {
	if p == p.kiosk.agent && words.Has("help.agent."+topic) {
		return "help.agent." + topic
	}
	return "help.text." + topic
}

// show draws one of our own pages over both halves.
func (k *Kiosk) show(page shell.Page) {
	k.keep()
	k.cover.object.Show()
	k.halves.Hide()
	k.cover.page = page
	k.cover.draw()
}

// covered reports whether one of our own pages is shown.
func (k *Kiosk) covered() bool { return k.cover.object.Visible() }

// uncover takes our own page away.
func (k *Kiosk) uncover() {
	k.cover.object.Hide()
	k.cover.page = shell.Page{Content: container.NewWithoutLayout()} // what moved on it has stopped
	k.cover.draw()
	k.halves.Show()
	k.active.enter()
	k.title()
}

// seat puts both halves into the window.
func (k *Kiosk) seat() {
	k.halves.Objects = []fyne.CanvasObject{k.agent.object, k.seam(), k.customer.object}
	k.halves.Refresh()
}

// clear takes the halves away: nothing of a closed bank is drawn any more.
func (k *Kiosk) clear() {
	for _, p := range []*pane{k.agent, k.customer} {
		if p != nil {
			p.gone = true
			p.page.Keys = nil
		}
	}
	k.agent, k.customer, k.active = nil, nil, nil
	k.halves.Objects = nil
}

// title is the window's: what the active pane says.
func (k *Kiosk) title() {
	if p := k.current(); p != nil {
		k.options.Window.SetTitle(words.Say("kiosk.title", words.With{"Page": p.shown().Title}))
	}
}

// dropped gives dropped files to the half that they fall on.
func (k *Kiosk) dropped(at fyne.Position, items []fyne.URI) {
	if k.covered() {
		return
	}
	p := k.agent
	if at.X > k.content.Size().Width/2 {
		p = k.customer
	}
	var paths []string
	for _, item := range items {
		if item.Scheme() == "file" {
			paths = append(paths, item.Path())
		}
	}
	if take := p.shown().Dropped; take != nil && len(paths) > 0 {
		take(slices.Clip(paths))
	}
}
