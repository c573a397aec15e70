// This file owns the screen that waits for the code.

package agent

import (
	"fyne.io/fyne/v2/container"

	"countersign/ui/parts"
	"countersign/ui/shell"
	"countersign/ui/words"
)

// Starting waits for the code.
const Starting Kind = "starting"

func (s *Side) starting() screen {
	cancel := parts.NewButton(parts.Secondary, words.Say("agent.starting.cancel"), s.Rested(s.cancelStart))
	waiting, shown := container.NewStack(), ""
	return screen{
		Page: shell.Page{
			Title:   words.Say(startingKey(s.state)),
			Content: parts.Page(nil, parts.Column(parts.Body(callWords(s.state.Call)), waiting), parts.Actions(cancel)),
			Focus:   cancel,
			Back:    s.cancelStart,
		},
		Update: func(st State) {
			if key := startingKey(st); key != shown {
				shown = key
				parts.Put(waiting, parts.Working(words.Say(key)))
			}
		},
	}
}

func startingKey(s State) string {
	if s.Call.Renewing {
		return "agent.starting.renew"
	}
	return "agent.starting.title"
}
