// This file owns the screen that takes the QR code, for those who see the agent's screen.

package customer

import (
	"fyne.io/fyne/v2/container"

	"countersign/ui/advice"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

const UsePicture Kind = "use-picture" // the QR code instead

func (s *Side) usePicture() screen {
	title := words.Say("customer.picture")
	pasted := parts.NewEntry(words.Say("customer.picture_box"), "CP1:")
	pasted.SetText(s.state.Check.Pasted)
	pasted.OnChanged = func(typed string) { s.state.Check.Pasted = typed }
	check := func() { s.picture(pasted.Text, false) }
	pasted.OnSubmitted = func(string) { check() }
	fault := parts.Strong("")
	working := container.NewStack()
	update := func(st State) {
		fault.Hidden, working.Hidden = st.Check.Fault == "" || st.Check.Reading, !st.Check.Reading
		if !fault.Hidden {
			fault.SetText(pictureFault(st.Check.Fault, st.Check.Picture, advice.ForDevice))
		}
		parts.Put(working)
		if st.Check.Reading {
			parts.Put(working, parts.Working(words.Say("customer.picture_reading")))
		}
		pasted.SetText(st.Check.Pasted)
	}
	back := func() {
		s.state.Check.Fault = ""
		s.moveTo(TypeCode)
	}
	return screen{
		Page: shell.Page{
			Title: title,
			Content: parts.Page(
				parts.Heading(title, words.Say("customer.picture_lead")),
				parts.Column(
					parts.Field(words.Say("customer.picture_box"), pasted, words.Say("customer.picture_hint")),
					fault,
					working,
					parts.Body(words.Say("customer.picture_proves"))),
				parts.Actions(
					parts.NewButton(parts.Primary, words.Say("customer.check"), check),
					parts.NewButton(parts.Secondary, words.Say("customer.check_offline"), func() { s.picture(pasted.Text, true) }),
					s.backButton(back))),
			Focus:   pasted,
			Back:    back,
			Dropped: s.dropped,
		},
		Update: update,
	}
}
