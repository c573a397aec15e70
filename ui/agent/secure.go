// This file owns the screen of the secure call, in which everything personal is
// typed.

package agent

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"countersign/session/protocol/call"
	"countersign/ui/advice"
	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

// Secure is the conversation.
const Secure Kind = "secure"

func (s *Side) secure() screen {
	title := words.Say("agent.secure")
	chat := parts.NewChat(words.Say("agent.live.message"), words.Say("agent.live.send"), &s.state.Draft, s.say)
	end := parts.NewButton(parts.Secondary, words.Say("agent.live.end"), s.hangUp)
	events, foot := s.newEventsPanel(), container.NewStack()
	page := s.twoSides(sides{
		left:  container.NewBorder(parts.Tight(parts.Note(callWords(s.state.Call)), parts.Strong(title)), nil, nil, nil, chat),
		right: events.card, actions: foot, leftGrows: true, stacked: events.shorten,
	})
	// ask swaps the end button for the question whether the call is to end.
	asks := false
	ask := func(sure bool) {
		asks = sure
		row, first := parts.Actions(end), fyne.Focusable(end)
		if sure {
			goOn := parts.NewButton(parts.Secondary, words.Say("agent.live.end_keep"), s.goOn)
			row, first = parts.Tight(parts.Strong(words.Say("agent.live.end_ask")), parts.Actions(
				goOn, parts.NewButton(parts.Primary, words.Say("agent.live.end_do"), s.endCall))), goOn
		}
		foot.Objects = []fyne.CanvasObject{row}
		refresh(page)
		parts.Focus(first)
	}
	ask(false)
	told := 0 // lines of the conversation that are on the screen
	return screen{
		Page: shell.Page{Title: title, Content: page, Focus: chat.First()},
		Update: func(st State) {
			for ; told < len(st.Call.Said); told++ {
				addTo(chat, st.Call.Said[told])
			}
			chat.SetEnabled(!st.Call.closing())
			enable(end, !st.Call.closing())
			if st.Leave != asks {
				ask(st.Leave)
			}
			events.update(st)
		},
	}
}

// addTo adds a line to the conversation.
func addTo(chat *parts.Chat, said call.Said) {
	switch {
	case said.Note != "":
		chat.Notice(alertWords(said.Note))
	case said.Own:
		chat.Add(words.Say("agent.live.you"), said.Text, true)
	default:
		chat.Add(words.Say("message.customer"), advice.Clean(said.Text), false)
	}
}
