// This file owns the screen of signing in. It is one button; the box for the
// authenticator's digits comes when the bank asks for them.

package agent

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/session/protocol/ending"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

// SignIn asks for a shift.
const SignIn Kind = "sign-in"

func (s *Side) signingIn() screen {
	title := words.Say("agent.signin.title")
	digits := parts.NewSixDigits(words.Say("agent.signin.code"), s.signIn)
	digits.SetDigits(s.state.Digits)
	left := parts.Note("")
	// How many are missing is said once somebody types, or wants to go on.
	tellLeft := func(wanted bool) {
		if digits.Full() || digits.Digits() == "" && !wanted {
			left.SetText("")
			return
		}
		left.SetText(digitsLeft(digits))
	}
	digits.OnChange = func(typed string) {
		s.state.Digits = typed
		tellLeft(false)
	}
	digits.Misfit = func() { left.SetText(words.Say("ask.six_digits")) }
	do := parts.NewButton(parts.Primary, words.Say("agent.signin.do"), func() {
		if s.state.Ask && !digits.Full() { // the bank would count it as a wrong guess
			tellLeft(true)
			parts.Focus(digits)
			return
		}
		s.signIn(digits.Digits())
	})
	focus := func() fyne.Focusable {
		if s.state.Ask {
			return digits
		}
		return do
	}
	box := parts.Field(words.Say("agent.signin.code"), container.NewHBox(digits, container.NewCenter(parts.OneLine(left))), "")
	actions := container.NewStack()
	var page, body fyne.CanvasObject
	problem := newStrip(func() { refresh(body) })
	body = parts.Column(problem.box, box, actions)
	page = parts.Page(parts.Headline(title), body, nil)
	// ask swaps the actions for the question whether the bank is to be removed.
	asks := false
	ask := func(sure bool) {
		asks = sure
		row := parts.Actions(do, parts.NewButton(parts.Secondary, words.Say("agent.signin.leave"), func() { s.askLeave(true) }))
		first := focus()
		if sure {
			keep := parts.NewButton(parts.Secondary, words.Say("agent.signin.keep"), func() { s.askLeave(false) })
			row, first = parts.Column(parts.Strong(words.Say("agent.signin.leave_ask")), parts.Actions(
				keep, parts.NewButton(parts.Secondary, words.Say("agent.signin.leave_do"), s.leave))), keep
		}
		actions.Objects = []fyne.CanvasObject{row}
		refresh(page)
		parts.Focus(first)
	}
	ask(false)
	return screen{
		Page: shell.Page{Title: title, Content: page, Focus: focus()},
		Update: func(st State) {
			show(box, st.Ask)
			if st.Problem == ending.NotACode {
				problem.tell(words.Ending(st.Problem, st.Family)) // a question, not a fault
			} else {
				problem.problem(st)
			}
			text := "agent.signin.do"
			if st.Working != "" {
				text = st.Working
			}
			do.SetText(words.Say(text))
			enable(do, st.Working == "")
			if st.Leaving != asks {
				ask(st.Leaving)
			}
		},
	}
}
