// This file owns the screen that takes the ticket: typed, pasted, or as a
// picture of its QR code.

package agent

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

// Ticket takes the ticket.
const Ticket Kind = "ticket"

func (s *Side) ticket() screen {
	title := words.Say("agent.enrol.title")
	box := func(key, example string, change func(*Enrol, string)) *parts.Entry {
		e := parts.NewEntry(words.Say(key), example)
		e.OnChanged = func(text string) {
			typed := s.state.Enrol
			if change(&typed, text); typed != s.state.Enrol {
				s.typeTicket(typed)
			}
		}
		return e
	}
	address := box("agent.enrol.address", "server.examplebank.com:4443", func(e *Enrol, text string) { e.Address = text })
	code := box("agent.enrol.code", "ABCD-EFGH-IJKL-MNOP", func(e *Enrol, text string) { e.Code = text })
	picture := box("agent.enrol.picture", "", func(e *Enrol, text string) { e.Picture = text })
	send := func(string) {
		if s.state.Enrol.complete() {
			s.enrol()
		}
	}
	address.OnSubmitted, code.OnSubmitted, picture.OnSubmitted = send, send, s.readPicture
	enrol := parts.NewButton(parts.Primary, words.Say("agent.enrol.do"), s.enrol)
	read := parts.NewButton(parts.Secondary, words.Say("agent.enrol.read"), func() { s.readPicture(s.state.Enrol.Picture) })
	working, shown := container.NewStack(), ""
	working.Hide()
	var body fyne.CanvasObject
	problem := newStrip(func() { refresh(body) })
	body = parts.Column(
		problem.box,
		container.New(&fields{},
			parts.Field(words.Say("agent.enrol.address"), address, ""),
			parts.Field(words.Say("agent.enrol.code"), code, "")),
		parts.Note(words.Say("agent.enrol.whole")),
		parts.Field(words.Say("agent.enrol.picture"), container.NewBorder(nil, nil, nil, read, picture), ""),
		working,
	)
	return screen{
		Page: shell.Page{
			Title: title,
			Content: parts.Page(parts.Headline(title), body,
				parts.Actions(enrol, parts.NewButton(parts.Secondary, words.Say("agent.back"), s.askPrompted))),
			Focus: address,
			Back:  s.askPrompted,
			Dropped: func(paths []string) {
				if len(paths) > 0 {
					s.readPicture(paths[0])
				}
			},
		},
		Update: func(st State) {
			set(address, st.Enrol.Address)
			set(code, st.Enrol.Code)
			set(picture, st.Enrol.Picture)
			enable(enrol, st.Working == "" && st.Enrol.complete())
			enable(read, st.Working == "" && st.Enrol.Picture != "")
			problem.problem(st)
			if st.Working == shown {
				return
			}
			shown = st.Working
			parts.Put(working)
			if shown != "" {
				parts.Put(working, parts.Working(words.Say(shown)))
			}
			working.Hidden = shown == ""
			refresh(body)
		},
	}
}
