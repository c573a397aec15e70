// This file owns the diagnostics: what a person can send to whoever helps.
//
// Rules: no key, code, reference, telephone number, ticket, name of a person
// or path is in it, so that it can be sent to anybody. What is told of a bank
// is what its bundle tells everybody.

package shell

import (
	"fmt"
	"runtime"
	"strings"

	"countersign/session"
	"countersign/ui/advice"
	"countersign/ui/words"
)

// diagnose writes the diagnostics. They are in English, in lines of a name and
// a value, because a program may read them.
func (s *Shell) diagnose(banks []session.Bank) string {
	c := s.options.Window.Canvas()
	lines := []string{
		"countersign " + s.options.Version,
		fmt.Sprintf("system: %s/%s %s", runtime.GOOS, runtime.GOARCH, runtime.Version()),
		fmt.Sprintf("window: %.0fx%.0f at %.2f, small: %t, low: %t", c.Size().Width, c.Size().Height, c.Scale(), s.compact, s.low),
		fmt.Sprintf("text: %s, theme: %s, language: %s", percent(s.kept.textScale()), orSystem(variants[s.kept.variant()]), words.Language()),
		"side: " + string(s.who),
		"keyring: " + orSystem(string(s.opened.Keyring)),
	}
	if s.options.System != nil {
		lines = append(lines, s.options.System()...)
	}
	for _, b := range banks {
		lines = append(lines, fmt.Sprintf("bank: %s, bundle %d, enrolled: %t, content age: %d days",
			advice.Clean(advice.BankName(b.Name, b.Domain)), b.Version, b.Enrolled, int(b.ContentAge.Hours()/24)))
	}
	return strings.Join(lines, "\n") + "\n"
}

func orSystem(name string) string {
	if name == "" {
		return "system"
	}
	return name
}
