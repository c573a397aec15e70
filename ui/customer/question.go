// This file owns the form of a question: one a screen, answered by a number's key
// or by pressing.

package customer

import (
	"strconv"

	"countersign/ui/parts"
	"countersign/ui/shell"
)

// question shows answers to choose from, by their number or by pressing them.
type question struct {
	choices []*parts.Choice
	keys    map[shell.Key]func()
}

// lastKey is the highest number of an answer that has a key of its own.
const lastKey = 9

func (q *question) add(title, note string, chosen func()) {
	n := len(q.choices) + 1
	key := ""
	if n <= lastKey {
		key = strconv.Itoa(n)
		if q.keys == nil {
			q.keys = map[shell.Key]func(){}
		}
		q.keys[shell.Key(key)] = chosen
	}
	q.choices = append(q.choices, parts.NewChoice(key, title, note, chosen))
}

// page puts the question on a page.
func (s *Side) question(q question, title, lead string, back func()) screen {
	return screen{Page: shell.Page{
		Title:   title,
		Content: parts.Page(parts.Heading(title, lead), parts.Choices(q.choices...), parts.Actions(s.backButton(back))),
		Focus:   q.choices[0],
		Keys:    q.keys,
		Back:    back,
	}}
}
