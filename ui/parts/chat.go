// This file owns the conversation of a secure call.

package parts

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/widget"

	"countersign/ui/look"
)

// mostLines is how many lines are shown, the newest. Every line costs time
// whenever the page is laid out, and the other side decides how many it sends.
const mostLines = 100

// Chat shows what was written and takes what is to be sent.
type Chat struct {
	widget.BaseWidget
	lines  *fyne.Container
	scroll *container.Scroll
	entry  *Entry
	send   *Button
}

// NewChat makes an empty conversation. name and button are what the box and
// the button are called; draft is what is typed and not yet sent, kept with every
// letter; sent is given each text that the person sends.
func NewChat(name, button string, draft *string, sent func(text string)) *Chat {
	c := &Chat{lines: container.New(&columnLayout{gap: look.Gap, share: 1}), entry: NewEntry(name, name)}
	submit := func() {
		text := strings.TrimSpace(c.entry.Text)
		if text == "" || c.entry.Disabled() {
			return
		}
		c.entry.SetText("")
		sent(text)
	}
	c.entry.SetText(*draft)
	c.entry.OnChanged = func(text string) { *draft = text }
	c.entry.OnSubmitted = func(string) { submit() }
	c.send = NewButton(Primary, button, submit)
	c.scroll = container.NewVScroll(c.lines)
	c.ExtendBaseWidget(c)
	return c
}

// Add shows a text with who wrote it and when.
func (c *Chat) Add(from, text string, own bool) {
	name := OneLine(Note(from))
	words := Body(text)
	c.add(container.New(&side{right: own}, Card(Tight(name, words))))
}

// Notice shows a line that nobody wrote: what happened to the call.
func (c *Chat) Notice(text string) {
	line := Note(text)
	line.Alignment = fyne.TextAlignCenter
	c.add(line)
}

// add shows a line in the theme that the chat stands in: Fyne gives a part of
// the window its own theme once, and what is added later has the window's.
func (c *Chat) add(line fyne.CanvasObject) {
	if own := c.Theme(); own != fyne.CurrentApp().Settings().Theme() {
		line = container.NewThemeOverride(line, own)
	}
	c.lines.Add(line)
	if extra := len(c.lines.Objects) - mostLines; extra > 0 {
		c.lines.Objects = c.lines.Objects[extra:]
	}
	c.lines.Refresh()
	c.scroll.Refresh()
	c.scroll.ScrollToBottom()
}

// SetEnabled lets text be sent, or not.
func (c *Chat) SetEnabled(enabled bool) {
	if enabled {
		c.entry.Enable()
		c.send.Enable()
		return
	}
	c.entry.Disable()
	c.send.Disable()
}

// First is the box to type in.
func (c *Chat) First() fyne.Focusable { return c.entry }

// CreateRenderer implements fyne.Widget.
func (c *Chat) CreateRenderer() fyne.WidgetRenderer {
	box := container.NewBorder(nil, nil, nil, c.send, container.New(&middle{}, roomy(c.entry)))
	return widget.NewSimpleRenderer(container.NewBorder(nil, box, nil, nil, c.scroll))
}

// side puts a bubble at one side, over three quarters of the width.
type side struct{ right bool }

func (*side) MinSize(o []fyne.CanvasObject) fyne.Size { return o[0].MinSize() }

func (s *side) Layout(o []fyne.CanvasObject, size fyne.Size) {
	width := size.Width * 0.78
	o[0].Resize(fyne.NewSize(width, o[0].MinSize().Height))
	o[0].Resize(fyne.NewSize(width, o[0].MinSize().Height))
	o[0].Move(fyne.NewPos(0, 0))
	if s.right {
		o[0].Move(fyne.NewPos(size.Width-width, 0))
	}
}
