// This file owns the screens that take the code: nine digits as they are heard,
// or the QR code for those who see the agent's screen.

package customer

import (
	"strconv"

	"fyne.io/fyne/v2/container"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/ui/advice"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

func (s *Side) typeCode() screen {
	title := words.Say("customer.code")
	entered, status := parts.Lead(""), parts.Lead("")
	boxes := parts.NewDigitBoxes(title, 3, 3, s.typed)
	update := func(st State) {
		if boxes.Digits() != st.Check.Digits {
			boxes.SetDigits(st.Check.Digits)
		}
		entered.Hidden = st.Check.Refused == ""
		entered.SetText(words.Say("customer.code_entered", words.With{"Digits": offer.Groups(st.Check.Refused)}))
		status.SetText(codeStatus(st.Check))
	}
	boxes.Misfit = func() {
		s.state.Check.Fault = ending.NotACode
		update(s.state)
	}
	boxes.OnChange = func(digits string) {
		s.state.Check.Digits, s.state.Check.Fault = digits, ""
		update(s.state)
	}
	return screen{
		Page: shell.Page{
			Title: title,
			Content: parts.Page(
				heading(title, words.Say("customer.code_lead")),
				parts.Column(boxes, parts.Tight(entered, status)),
				parts.Column(
					parts.Body(words.Say("customer.picture_when")),
					parts.Actions(
						s.backButton(s.backFromCode),
						parts.NewButton(parts.Secondary, words.Say("customer.picture_use"), func() {
							s.state.Check.Fault = ""
							s.moveTo(UsePicture)
						})))),
			Focus:   boxes,
			Back:    s.backFromCode,
			Dropped: s.dropped,
		},
		Update: update,
	}
}

// codeStatus says what is missing or wrong about the digits.
func codeStatus(c Check) string {
	switch left := offer.CodeDigits - len(c.Digits); {
	case c.Fault == ending.WrongCheckDigit:
		return words.Say("ask.code_digit")
	case c.Fault != "":
		return words.Say("ask.code_form")
	case left == 1:
		return words.Say("customer.code_last")
	case left > 0 && left < offer.CodeDigits:
		return words.Say("customer.code_left", words.With{"Count": strconv.Itoa(left)})
	}
	return ""
}

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
				heading(title, words.Say("customer.picture_lead")),
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

// pictureFault says why a picture was of no use, or else what the ending is.
func pictureFault(r ending.Reason, p advice.Picture, family string) string {
	if p.Key != "" {
		return words.Picture(p)
	}
	return words.Ending(r, family)
}
