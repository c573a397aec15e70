// This file owns the screen of the otpauth address, as a QR code for a phone and
// as text for everything else. It is shown once and kept nowhere.

package agent

import (
	"fyne.io/fyne/v2"

	"countersign/ui/advice"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

// Authenticator shows the otpauth address.
const Authenticator Kind = "authenticator"

func (s *Side) authenticator() screen {
	title := words.Say("agent.enrol.authenticator")
	added := parts.NewButton(parts.Primary, words.Say("agent.enrol.added"), s.authenticatorAdded)
	address := parts.Body(advice.Clean(s.state.Authenticator))
	address.Wrapping, address.TextStyle.Monospace = fyne.TextWrapBreak, true
	body := parts.Column(parts.Lead(words.Say("agent.enrol.authenticator_why")), parts.Field(words.Say("agent.enrol.otpauth"), address, ""))
	if code, err := parts.QR(s.state.Authenticator, 240); err == nil {
		body = parts.Columns(code, body, 0.4)
	}
	return screen{Page: shell.Page{
		Title: title, Content: parts.Page(parts.Headline(title), body, parts.Actions(added)), Focus: added,
	}}
}
