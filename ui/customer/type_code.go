// This file owns the screen that takes the nine digits as they are heard.

package customer

import (
	"strconv"

	"countersign/session/protocol/ending"
	"countersign/session/protocol/offer"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

const TypeCode Kind = "type-code" // nine digits

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
				parts.Heading(title, words.Say("customer.code_lead")),
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
