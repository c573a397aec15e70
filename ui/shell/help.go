// This file owns the help: a few short texts, one at a time.

package shell

import (
	"slices"

	"countersign/ui/parts"
	"countersign/ui/words"
)

// Topics are the topics of the help, in their order, as Stage.Help takes them.
var Topics = []string{"call", "limits", "number", "keys", "text"}

// Help implements Stage: it opens the help at a topic, or closes it.
func (s *Shell) Help(topic string) {
	if s.isOver(isHelp) && topic == "" {
		s.lower()
		return
	}
	v := &helpView{shell: s, topic: max(0, slices.Index(Topics, topic))}
	s.raise(isHelp, v.draw)
}

// helpView is the help page.
type helpView struct {
	shell *Shell
	topic int
}

func (v *helpView) draw() Page {
	titles := make([]string, len(Topics))
	for i, topic := range Topics {
		titles[i] = words.Say("help.title." + topic)
	}
	columns := len(Topics)
	if v.shell.compact || v.shell.largeText() {
		columns = 2
	}
	tiles := parts.NewTiles(columns, titles, func(i int) {
		v.topic = i
		v.shell.raise(isHelp, v.draw)
	})
	tiles.SetSelected(v.topic)
	done := parts.NewButton(parts.Primary, words.Say("help.done"), v.shell.lower)
	return Page{
		Title: words.Say("help.title"),
		Content: v.shell.sheet(
			parts.Headline(words.Say("help.title")),
			parts.Column(tiles, parts.Body(words.Say(v.text()))),
			parts.Actions(done),
		),
		Focus: tiles.At(v.topic),
		Back:  v.shell.lower,
	}
}

// text is the key of the topic's text. Agents and customers live the call and
// the keys differently.
func (v *helpView) text() string {
	topic := Topics[v.topic]
	if v.shell.who == Agent && words.Has("help.agent."+topic) {
		return "help.agent." + topic
	}
	return "help.text." + topic
}
