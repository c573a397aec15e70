// This file owns the screen that ends a check that a new code can mend.

package customer

import (
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

const NewCode Kind = "new-code" // over, and a new code can mend it

func (s *Side) newCode() screen {
	st := s.state.Story
	title := words.Say("customer.new_code")
	again := parts.NewButton(parts.Primary, words.Say(st.retryKey()), s.Rested(s.retry))
	return screen{Page: shell.Page{
		Title: title,
		Content: parts.Page(
			parts.Heading(title, words.Ending(st.reason(), st.family())),
			parts.Column(st.undelivered(), card(parts.Lead(words.Say("customer.new_code_how")), strong(words.Say("customer.no_secrets")))),
			parts.Actions(again, parts.NewButton(parts.Secondary, words.Say("customer.close"), s.Rested(s.leave)))),
		Focus: again,
		Back:  s.leave,
	}}
}

// retryKey names the button of another try: where the answers stay it goes on,
// else the check begins anew.
func (st Story) retryKey() string {
	if st.keepsAnswers() {
		return "customer.try_again"
	}
	return "customer.start_again"
}
